"""Dead-code revival: where codes that no frame uses move to, so that they are chosen again."""

from __future__ import annotations

import torch
from torch import Tensor

from sda_lib.distances import squared_distances

# Distance at which a dead code is placed from a frame, relative to the smaller of the frame's distances to its own
# code and to the dead one.
WINS = 0.7


def dead_code_targets(points: Tensor, book: Tensor, index: Tensor, dead: Tensor) -> tuple[Tensor, Tensor]:
    """Find frames for the `dead` codes of a book [code, dim], which none of points [n, dim] uses.

    A code gets the point that it is nearest to winning among those whose own code (`index` [n]) has another point.
    Returns the codes that get one, and their new positions [., dim] on the way to it, where they just win it.
    """
    if not len(dead):
        return dead, book[:0]
    spare = torch.bincount(index, minlength=len(book))
    own = (points - book[index]).square().sum(1)
    lacking = (squared_distances(points, book[dead]) - own[:, None]).clamp_min(0)
    taken, codes, places = torch.zeros(len(points), dtype=torch.bool, device=points.device), [], []
    for place in lacking.amin(0).argsort().tolist():
        free = ~taken & (spare[index] > 1)
        if not free.any():
            break
        point = int(lacking[:, place].masked_fill(~free, torch.inf).argmin())
        taken[point], code = True, dead[place]
        spare[index[point]] -= 1
        away = book[code] - points[point]
        share = WINS * (own[point].sqrt() / away.norm().clamp_min(1e-9)).clamp_max(1)
        codes.append(code)
        places.append(points[point] + share * away)
    if not codes:
        return dead[:0], book[:0]
    return torch.stack(codes), torch.stack(places)
