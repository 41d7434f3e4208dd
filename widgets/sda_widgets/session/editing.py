"""Edit verbs of a session: edits of the selected cells, clipboard, locked cells, undo and redo."""

from __future__ import annotations

import dataclasses
import inspect
from typing import TYPE_CHECKING, Any

from traitlets import Any as AnyTrait
from traitlets import HasTraits, Tuple

import sda_lib
from sda_lib.codec.codes import Codes
from sda_lib.editing.registry import EDITS, Cells, Edit, mask, rectangles
from sda_lib.errors import SdaError
from sda_lib.sessions.history import SoundHistory
from sda_widgets.session.guard import verb
from sda_widgets.session.sound import Former, Sound, fit

if TYPE_CHECKING:
    from sda_lib.sessions.history import History, SoundState


class EditVerbs(HasTraits):
    """Session mixin for edits of codes; the sound and its sliders belong to the session."""

    cursor = Tuple((0, 0), help="(level, frame)")
    selection = AnyTrait(None, allow_none=True, help="Cells or None")
    more = Tuple(help="further rectangles of a selection in several places")
    frozen = Tuple(help="rectangles whose cells no edit changes")
    history = AnyTrait(None, allow_none=True, help="History of the sound at hand")
    sounds = AnyTrait(SoundHistory(), help="Sounds: those that undo and redo lead to beyond it, as Former")
    clipboard = AnyTrait(
        None, allow_none=True, help="codes [level, frame] that were copied, and the level they begin at"
    )

    @verb
    def edit(self, name: str, within: tuple[Cells, ...] | None = None, **arguments: Any) -> None:
        """Apply one of sda_lib's EDITS to the selection, unless levels, frames or rectangles are given."""
        codes, knows = self._need_codes(), inspect.signature(EDITS[name]).parameters if name in EDITS else {}
        placed = {"levels", "frames"} & set(arguments) or not {"levels", "frames"} & set(knows)
        areas = () if placed else self.areas
        act = Edit(name, arguments, areas if within is None else within, self.frozen)
        model = self._need_model()
        description = act.description(codes, model.level_names)
        self._do(act, description, act.apply(codes, model), act.frozen_after(codes))

    @verb
    def write_anew(self, options: Any) -> None:
        """Regenerate the selected cells with GenerateOptions so that they fit their context; can be undone."""
        from sda_lib.writers.compose_codes import compose_codes

        codes, (first, end) = self._need_codes(), self.target["frames"]
        if self.more:
            raise SdaError("A writer fills one stretch; select one, or apply Regenerate to all of these places.")
        stretch = first / codes.frame_rate, end / codes.frame_rate
        options = dataclasses.replace(options, regenerate=stretch, levels=self.target["levels"], contour=())
        written = self.history.state.keep_frozen(compose_codes(self._need_model(), options, codes))
        self._do(options, f"written anew, frames {first} to {end - 1}, seed {options.seed}", written)

    @verb
    def freeze(self) -> None:
        """Lock the selected cells: no edit changes them."""
        codes = self._need_codes()
        self._freeze(mask(self.frozen, codes) | mask(self.areas, codes))

    @verb
    def thaw(self) -> None:
        """Unlock the selected cells."""
        codes = self._need_codes()
        self._freeze(mask(self.frozen, codes) & ~mask(self.areas, codes))

    def _freeze(self, cells: Any) -> None:
        self._dragged = ()  # ends a slider drag: locked cells must stay as they are when it continues
        self.frozen = rectangles(cells)
        self.history = self.history.with_current_step(None, self._state())

    @verb
    def restore(self) -> None:
        """Restore the selected cells from the unedited codes; sets `message` when the sound's length has changed."""
        codes = self._need_codes()
        if codes.frames != self.written.frames:
            raise SdaError("The sound got longer or shorter, so its own codes have no place here; undo leads to them.")
        act = Edit("swap", {"other": self.written}, self.areas, self.frozen)
        self._do(act, "own codes restored", act.apply(codes, self._need_model()))

    def copy_cells(self) -> None:
        """Copy the selected cells; of several rectangles, their bounding box."""
        if self.codes is not None:
            levels, frames = self.target["levels"], self.target["frames"]
            self.clipboard = (self.codes.indices[slice(*levels), slice(*frames)], levels[0])

    def paste_cells(self, amount: float = 1.0) -> None:
        """Paste the copied cells at the start of the selection, at the levels they come from if the selection spans
        all levels. An amount below 1 mixes them with the codes already there."""
        if self.clipboard is None:
            return
        block, level = self.clipboard
        place = {"block": block, "to_level": self._paste_level(len(block), level), "to": self.target["frames"][0]}
        if amount < 1:
            self.edit("mix", amount=amount, **place)
        else:
            self.edit("paste", **place)

    def _paste_level(self, height: int, came_from: int) -> int:
        """Return the cursor's level, or the block's original level if it would not fit there."""
        wanted = self.target["levels"][0]
        return wanted if self.codes is None or wanted + height <= self.codes.levels else came_from

    @verb
    def rename_level(self, level: int, name: str) -> None:
        """Rename a level in the model and its file; cannot be undone."""
        model = self._need_model().with_level_name(level, name)
        if model.level_names != self.model.level_names:
            if self.model_path is not None:  # reload: sliders may have been added to the file meanwhile
                sda_lib.SdaModel.load(self.model_path).with_level_name(level, name).save(self.model_path)
            (self.first or self).model = model  # renaming in A renames in B

    @verb
    def undo(self) -> None:
        """Undo the last act: one step of the sound, or the replacement of a whole sound by another."""
        if self.history is not None and self.history.can_undo:
            self._go(self.history.undo())
        elif self.sounds.before:
            self._bring_back(*self.sounds.back(self._former(self._left)))

    @verb
    def redo(self) -> None:
        """Redo what was undone."""
        if self._leads_on:
            self._bring_back(*self.sounds.forward(self._former(self.history.position)))
        elif self.history is not None and self.history.can_redo:
            self._go(self.history.redo())

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier step or sound."""
        return bool(self.sounds.before) or (self.history is not None and self.history.can_undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step or sound."""
        return bool(self.sounds.after) or (self.history is not None and self.history.can_redo)

    @property
    def _leads_on(self) -> bool:
        """Whether redo leads to the next sound: from the step at which it replaced this one, or from the last step."""
        past = self.history
        return bool(self.sounds.after) and (past is None or self._left == past.position or not past.can_redo)

    @verb
    def go_to(self, number: int) -> None:
        """Jump to any step of the history."""
        if self.history is not None:
            self._go(self.history.go_to(number))

    @property
    def areas(self) -> tuple[Cells, ...]:
        """The rectangles that edits apply to: the selection, or the cell under the cursor."""
        level, frame = self.cursor
        return (*self.more, self.selection or ((level, level + 1), (frame, frame + 1)))

    @property
    def target(self) -> dict[str, tuple[int, int]]:
        """The range of levels and of frames that the selection spans, each as (first, end)."""
        spans = zip(*self.areas, strict=True)
        found = [(min(first for first, _ in pairs), max(end for _, end in pairs)) for pairs in spans]
        return dict(zip(("levels", "frames"), found, strict=True))

    def _do(self, act: Any, description: str, codes: Codes, frozen: tuple[Cells, ...] | None = None) -> None:
        """Replace the current codes as a step that can be undone. Sliders are reset to 0 for the new codes."""
        if not codes.is_same(self.codes):
            state = self._state(codes, sda_lib.SliderSettings(codes), frozen)
            self._stand(state, self.history.add(act, description, state))

    def _begin_history(self, description: str = "", options: Any = None) -> None:
        """Start the history of a new sound, generated by `options` if given."""
        from sda_lib.sessions.history import History

        self._dragged = ()
        self.history = History.begin(self._state(), description, options)

    def _state(
        self, codes: Codes | None = None, shape: Any = None, frozen: tuple[Cells, ...] | None = None
    ) -> SoundState:
        """Return the current state of the sound, or the state that an act turns it into."""
        from sda_lib.sessions.history import SoundState

        return SoundState(codes or self.codes, shape or self.shape, self.frozen if frozen is None else frozen)

    def _former(self, left: tuple[int, int] | None) -> Former:
        """Return the sound with its model, to be kept; it was replaced at position `left` of its history."""
        sound = dataclasses.replace(Sound.of(self), left=left, dragged=())
        return Former(sound, self.model, self.model_path, self.quantized)

    def _keep_former(self) -> None:
        """Keep the sound, if there is one, so that undo can bring it back."""
        if self.shape is not None:
            self.sounds = self.sounds.replaced(self._former(self.history.position)).bounded(fit)

    def _bring_back(self, former: Former, sounds: SoundHistory[Former]) -> None:
        """Bring back another sound with all its steps, and its model if that is another one. A model that only got
        new sliders or names counts as the same. Raises SdaError in session B when the model differs."""
        traits, model = former.sound.traits, former.model
        if model is not None and model.codec is not getattr(self.model, "codec", None):
            if self.first is not None:
                raise SdaError("That sound is another model's, and both sounds need the same; change it for A first.")
            traits.update(model=model, model_path=former.model_path, why_hidden={})
        if self.quantized != former.quantized:
            traits.update(responses={})
        self._look_no_more()
        self.set(sounds=sounds, position=0.0, **traits)
        if self.quantized != former.quantized and self.shape is not None and not self.shape.is_neutral:
            self._decoded = None
            self.clip = self._sound(self.shape)

    def _go(self, history: History) -> None:
        self._stand(history.state, history)

    def _stand(self, state: SoundState, history: History) -> None:
        """Set the current sound to the state of a step."""
        self._dragged = ()
        self._keep_inside(state.codes)
        self.codes = state.codes  # first, so that the grid shows the edit while the sound is being decoded
        self.set(history=history, frozen=state.frozen)
        self.clip = self._sound(state.settings)
        self._stand_on(state.settings)  # last: the slider displays can wait

    def _keep_inside(self, codes: Codes | None) -> None:
        """Clip the cursor to a grid that got shorter, and clear a selection that no longer fits."""
        if codes is None or self.codes is None or codes.frames == self.codes.frames:
            return
        level, frame = self.cursor
        inside = all(end <= codes.frames for _, (_, end) in self.areas)
        cursor = (level, min(frame, codes.frames - 1))
        kept = (self.selection, self.more) if inside else (None, ())
        self.set(cursor=cursor, selection=kept[0], more=kept[1], seconds=codes.seconds)
