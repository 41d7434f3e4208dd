"""The bottleneck `rvq`: residual vector quantization.

After Zeghidour et al., "SoundStream" (2021): every level codes the residual of the levels before it. Codebooks start
from k-means and follow the data by exponential moving average (van den Oord et al. 2017). Encoding keeps several
candidates per level (beam search, as in Liu et al., "Improved residual vector quantization", 2015), which brings the
codes closer to the sound at the same bit rate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from sda_lib.codec.bottlenecks import Bottleneck, Quantized
from sda_lib.codec.clustering import k_means, leave_one_out, nearest_rows, random_rows
from sda_lib.codec.dead_codes import dead_code_targets
from sda_lib.codec.generic_levels import cross_fitted_residuals, generic_codebooks
from sda_lib.config import CodecConfig
from sda_lib.distances import squared_distances

# Number of frames for k-means: at least, if there are enough frames between those of the grid to add, and at most.
FEWEST_POINTS, MOST_POINTS = 8192, 16384
# Frames searched at once, so that memory stays small and does not grow with the sound's length.
BEAM_CHUNK = 1024
# Weight, 0..1, of recordings that the codes were not fitted on relative to the corpus itself when codebooks are fitted.
# A higher weight brings held-out sounds closer but uses the codes less evenly on the corpus (docs/BENCHMARKS.md).
HELD_OUT_WEIGHT = 0.65
# Number of searches of all frames for dead codes, and of rounds of moving such codes between two searches. Several are
# needed because a moved code changes the residuals of the next levels.
REASSIGN_SEARCHES, REASSIGN_ROUNDS = 2, 6
# Most candidates of searches while a codec is fitted. They search the same frames several times, and the decoder has to
# learn from quantization errors as large as those of other sounds.
FITTING_BEAM = 4
# Share of every level's codes in use at which `reassign_dead` stops.
USED = 0.95

# Replaces tensors by their means over the processes of a training.
Average = Callable[[Sequence[Tensor]], None]


class ResidualVQ(Bottleneck):
    """Stacked codebooks [level, code, dim] with straight-through gradients."""

    discrete = True
    sums: Tensor
    counts: Tensor

    def __init__(self, config: CodecConfig) -> None:
        super().__init__(config)
        self.own_levels = config.fitted_levels
        shape = (config.levels, config.codebook_size, config.latent_dim)
        self.register_buffer("codebooks", torch.zeros(shape))
        self.register_buffer("sums", torch.zeros(shape), persistent=False)
        self.register_buffer("counts", torch.zeros(shape[:2]), persistent=False)

    def forward(self, latent: Tensor, depth: Tensor | None = None, part: tuple[int, int] = (0, 1)) -> Quantized:
        """Quantize [batch, frame, dim] greedily.

        `depth` [batch] limits the number of levels of each segment (quantizer dropout).
        """
        residual = latent.detach()
        total, indices = torch.zeros_like(residual), []
        for level, book in enumerate(self.codebooks):
            index = nearest_rows(residual, book)
            indices.append(index)
            chosen = book[index]
            residual = residual - chosen
            keep = 1.0 if depth is None else (depth > level).to(chosen.dtype)[:, None, None]
            total = total + keep * chosen
        loss = (latent - total).square().mean()
        return Quantized(latent + (total - latent).detach(), torch.stack(indices, 1), loss)

    @torch.no_grad()
    def search(self, latent: Tensor, beam: int) -> Quantized:
        """Quantize [batch, frame, dim], keeping `beam` candidates at every level; 1 chooses like `forward`."""
        flat = latent.reshape(-1, latent.shape[-1])
        found = torch.cat([beam_search(part, self.codebooks, beam) for part in flat.split(BEAM_CHUNK)])
        indices = found.reshape(*latent.shape[:2], len(self.codebooks)).transpose(1, 2)
        total = self.embed(indices)
        return Quantized(total, indices, (latent - total).square().mean())

    def embed(self, table: Tensor, muted: Sequence[int] = ()) -> Tensor:
        """Return latents [..., frame, dim] of codes [..., level, frame]: the sum over all levels not `muted`."""
        latents = (book[table[..., level, :]] for level, book in enumerate(self.codebooks) if level not in muted)
        none = self.codebooks.new_zeros(*table.shape[:-2], table.shape[-1], self.codebooks.shape[-1])
        return sum(latents, none)

    @torch.no_grad()
    def fit(
        self,
        latent: Tensor,
        seed: int = 0,
        between: Tensor | None = None,
        recording: Tensor | None = None,
        half: Tensor | None = None,
    ) -> None:
        """Fit the codebooks by k-means, level by level, on [frame, dim] or MOST_POINTS of them.

        With few frames per code, the codebooks soon overfit: after some levels most residuals are near zero, and codes
        go to outliers. Where there are fewer than FEWEST_POINTS, frames `between` those of the grid [n, dim] are added.
        If the `recording` of each of all these frames is given, [frame + n], the residual that a level is fitted on is
        mixed with the one that the previous levels would leave if fitted without the frame's recording.

        Levels from `own_levels` on are fitted to a Gaussian (generic_levels.py), with `half` [frame + n] telling which
        frames belong to the second half of the sounds; without it they are fitted like the others.
        """
        size, generator = self.codebooks.shape[1], torch.Generator().manual_seed(seed)
        own = random_rows(len(latent), MOST_POINTS, generator)
        places, points = own, latent
        if between is not None:
            more = random_rows(len(between), max(0, FEWEST_POINTS - len(own)), generator)
            places, points = torch.cat([own, len(latent) + more]), torch.cat([latent, between])
        places = places.to(latent.device)
        points, recording = points[places], None if recording is None else recording[places]
        on_grid = torch.arange(len(places), device=latent.device) < len(own)

        def fitted(levels: int, chosen: Tensor) -> Tensor:
            numbers = None if recording is None else recording[chosen]
            return own_codebooks(points[chosen], levels, size, generator, int(on_grid[chosen].sum()), numbers)

        every, levels = torch.ones_like(on_grid), len(self.codebooks)
        count = self.own_levels if half is not None else levels
        self.codebooks[:count] = fitted(count, every)
        if half is not None and count < levels:
            left = cross_fitted_residuals(points, half[places], lambda chosen: fitted(count, chosen))
            self.codebooks[count:] = generic_codebooks(left, levels - count, size, generator)
        self.start_tracking(latent)

    @torch.no_grad()
    def start_tracking(self, latent: Tensor) -> None:
        """Initialize the moving averages from the current codebooks and their use on [frame, dim]."""
        indices = self(latent[None]).indices[0]
        for level, used in enumerate(indices):
            counts = torch.bincount(used, minlength=self.codebooks.shape[1]).to(latent.dtype)
            self.counts[level] = counts / counts.mean().clamp_min(1e-8)
        self.counts.clamp_(min=0.05)
        self.sums.copy_(self.codebooks * self.counts[..., None])

    @torch.no_grad()
    def track(self, latent: Tensor, indices: Tensor, decay: float, average: Average | None = None) -> None:
        """Move every codebook towards the batch [batch, frame, dim] that chose `indices` [batch, level, frame].

        Where several processes share the batch, `average` averages the statistics of their parts.
        """
        residual = latent.reshape(-1, latent.shape[-1])
        size = self.codebooks.shape[1]
        counts, sums = torch.zeros_like(self.counts), torch.zeros_like(self.sums)
        for level, book in enumerate(self.codebooks):
            index = indices[:, level].reshape(-1)
            share = size / len(index)
            counts[level] = torch.bincount(index, minlength=size).to(residual.dtype) * share
            sums[level] = torch.zeros_like(book).index_add_(0, index, residual) * share
            residual = residual - book[index]
        if average is not None:
            average([counts, sums])
        self.counts.mul_(decay).add_(counts, alpha=1 - decay)
        self.sums.mul_(decay).add_(sums, alpha=1 - decay)
        self.codebooks.copy_(self.sums / self.counts.clamp_min(1e-4)[..., None])

    @torch.no_grad()
    def revive(self, latent: Tensor, generator: torch.Generator, below: float = 0.05) -> int:
        """Re-seed codes used less than `below` times the mean from residuals of [frame, dim]; return their number.

        Each gets a residual of its own, as far as there are enough: of two codes at one place, one would stay unused.
        """
        residual, revived = latent, 0
        for level, book in enumerate(self.codebooks):
            dead = (self.counts[level] < below).nonzero()[:, 0]
            rest = residual - book[nearest_rows(residual, book)]
            if len(dead):
                order = torch.randperm(len(residual), generator=generator).to(residual.device)
                picks = order[torch.arange(len(dead), device=residual.device) % len(order)]
                self._move(level, dead, residual[picks])
                revived += len(dead)
            residual = rest
        return revived

    @torch.no_grad()
    def reassign_dead(self, latent: Tensor, beam: int) -> Tensor:
        """Move codes that no frame of [frame, dim] uses just far enough towards a frame to be chosen for it.

        Codes stay near their previous position, where sounds outside the corpus may need them; those of the generic
        levels stay where they are. Returns the frames' codes after that [level, frame].
        """
        indices = self.search(latent[None], beam).indices[0]
        if not self.own_levels:
            return indices
        for _ in range(REASSIGN_SEARCHES):
            for _ in range(REASSIGN_ROUNDS):
                won = self._reassigned(latent, indices)
                if not won.any():
                    break
                indices[:, won] = self.search(latent[won][None], beam).indices[0]
            indices = self.search(latent[None], beam).indices[0]
            if min(len(level.unique()) for level in indices[: self.own_levels]) >= USED * self.codebooks.shape[1]:
                break
        return indices

    def _reassigned(self, latent: Tensor, indices: Tensor) -> Tensor:
        """Move every level's dead codes; return which of [frame, dim] are nearer to a moved code than to their own.

        `indices` are the frames' codes [level, frame]; the result is a mask [frame]. Nearly all frames whose codes
        change are among those returned.
        """
        residual, won = latent, torch.zeros(len(latent), dtype=torch.bool, device=latent.device)
        for level, index in enumerate(indices[: self.own_levels]):
            book = self.codebooks[level]
            rest = residual - book[index]
            dead = (torch.bincount(index, minlength=len(book)) == 0).nonzero()[:, 0]
            codes, places = dead_code_targets(residual, book, index, dead)
            if len(codes):
                self._move(level, codes, places)
                won |= squared_distances(residual, places).amin(1) < rest.square().sum(1)
            residual = rest
        return won

    def _move(self, level: int, codes: Tensor, places: Tensor) -> None:
        """Move codes [n] of a level to `places` [n, dim], with the mean usage count."""
        self.codebooks[level, codes] = places
        self.counts[level, codes] = 1.0
        self.sums[level, codes] = places

    @torch.no_grad()
    def reorder(self, scores: Tensor) -> Tensor:
        """Sort every level's codes by `scores` [level, code], so that neighboring numbers sound alike.

        Returns the new number of each code [level, code].
        """
        order = scores.argsort(1)
        for level, old in enumerate(order):
            self.codebooks[level] = self.codebooks[level][old]
        return order.argsort(1)


def own_codebooks(
    points: Tensor, levels: int, size: int, generator: torch.Generator, own: int, recording: Tensor | None
) -> Tensor:
    """Return codebooks [level, code, dim] fitted by k-means to points [n, dim], level by level; see `ResidualVQ.fit`.

    The first `own` points are frames of the grid; `recording` [n] is the number of each point's recording, if known.
    """
    books = []
    for _ in range(levels):
        book = k_means(points, size, generator, own)
        books.append(book)
        index = nearest_rows(points, book)
        left = points - book[index]
        if recording is not None:
            left = torch.lerp(left, points - leave_one_out(points, book, index, recording), HELD_OUT_WEIGHT)
        points = left
    return torch.stack(books)


def beam_search(points: Tensor, books: Tensor, beam: int) -> Tensor:
    """Return codes [n, level] for points [n, dim], codebooks [level, code, dim]: the nearest of `beam` candidates."""
    paths, gain = beam_candidates(points, books, beam)
    return paths[torch.arange(len(paths), device=points.device), gain.argmax(1)]


def beam_candidates(points: Tensor, books: Tensor, beam: int) -> tuple[Tensor, Tensor]:
    """Return up to `beam` candidates for points [n, dim] and codebooks [level, code, dim].

    Their codes [n, candidate, level], and half the squared distance that each saves [n, candidate]. Every level keeps
    the paths with the least squared distance so far.
    """
    count, size = len(points), books.shape[1]
    residual = points[:, None]
    paths = torch.zeros(count, 1, 0, dtype=torch.long, device=points.device)
    gain = torch.zeros(count, 1, device=points.device)
    for book in books:
        scores = torch.addmm(-0.5 * book.square().sum(-1), residual.flatten(0, 1), book.T)
        scores = (scores.reshape(count, -1, size) + gain[..., None]).flatten(1)
        gain, best = scores.topk(min(beam, scores.shape[1]), dim=1)
        parent, code = best // size, best % size
        paths = torch.cat([paths.gather(1, parent[..., None].expand(-1, -1, paths.shape[2])), code[..., None]], 2)
        residual = residual.gather(1, parent[..., None].expand(-1, -1, points.shape[1])) - book[code]
    return paths, gain
