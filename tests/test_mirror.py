"""Tests mirror the code: each module has a test file of its name in the folder of its room, or is in COVERED."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGES = {"sda_lib": (TESTS.parent / "sda_lib", ""), "sda_widgets": (TESTS.parent / "widgets/sda_widgets", "widgets")}
# Modules without a test file of their own, and the test file that exercises them.
COVERED = {
    "sda_lib.analysis.spectrogram": "maps/test_figures.py",
    "sda_lib.api.names": "api/test_codes.py",
    "sda_lib.batch.workers": "batch/test_batch.py",
    "sda_lib.cli.flags": "cli/test_generating.py",
    "sda_lib.cluster.local": "cluster/test_cluster.py",
    "sda_lib.cluster.plugin": "cluster/test_cluster.py",
    "sda_lib.cluster.problems": "cluster/test_task_queue.py",
    "sda_lib.cluster.shared": "cluster/test_cluster.py",
    "sda_lib.codec.bottlenecks": "codec/test_vae.py",
    "sda_lib.codec.codebooks": "editing/test_edits.py",
    "sda_lib.codec.codes": "codec/test_codec.py",
    "sda_lib.controls.names": "controls/test_controls.py",
    "sda_lib.editing.codebook_edits": "editing/test_edits.py",
    "sda_lib.editing.registry": "editing/test_edits.py",
    "sda_lib.errors": "cli/test_command_line.py",
    "sda_lib.export.finish": "export/test_finishing.py",
    "sda_lib.export.hrtf": "export/test_spatial.py",
    "sda_lib.export.keymap": "export/test_instruments.py",
    "sda_lib.export.loop_quality": "export/test_loops.py",
    "sda_lib.growing.growable": "growing/test_grow.py",
    "sda_lib.growing.report": "growing/test_grow.py",
    "sda_lib.growing.grow_steps": "growing/test_grow.py",
    "sda_lib.model.durations": "writers/test_auto_duration.py",
    "sda_lib.sweeps.running": "sweeps/test_sweep.py",
    "sda_lib.sweeps.store": "sweeps/test_sweep.py",
    "sda_lib.sweeps.trial": "sweeps/test_sweep.py",
    "sda_lib.synthesis.noises": "synthesis/test_families.py",
    "sda_lib.synthesis.struck": "synthesis/test_families.py",
    "sda_lib.synthesis.tones": "synthesis/test_families.py",
    "sda_lib.synthesis.voices": "synthesis/test_families.py",
    "sda_lib.training.base_fit": "test_make_base.py",
    "sda_lib.training.evaluate": "health/test_diagnose.py",
    "sda_lib.training.state": "training/test_checkpoint.py",
    "sda_lib.writers.compose_latents": "model/test_continuous_models.py",
    "sda_lib.writers.options": "writers/test_generate.py",
    "sda_lib.writers.redraw_levels": "writers/test_operations.py",
    "sda_lib.writers.take": "api/test_take.py",
    "sda_widgets.app": "widgets/session/test_response_work.py",
    "sda_widgets.commands.conditions": "widgets/commands/test_registry.py",
    "sda_widgets.commands.session_commands": "widgets/commands/test_registry.py",
    "sda_widgets.commands.shelf_commands": "widgets/commands/test_registry.py",
    "sda_widgets.commands.sound_commands": "widgets/commands/test_registry.py",
    "sda_widgets.common.control_names": "browser/test_accessibility.py",
    "sda_widgets.common.figures": "widgets/grid/test_grid_figure.py",
    "sda_widgets.common.kernel_watch": "browser/test_kernel_watch.py",
    "sda_widgets.common.heartbeat": "widgets/session/test_response_work.py",
    "sda_widgets.export.delivery_form": "widgets/export/test_export_view.py",
    "sda_widgets.export.download": "widgets/export/test_export_view.py",
    "sda_widgets.export.pan_pad": "widgets/export/test_export_view.py",
    "sda_widgets.files.file_receiver": "widgets/files/test_sound_opener.py",
    "sda_widgets.files.folder_picker": "widgets/files/test_sound_opener.py",
    "sda_widgets.files.sound_tiles": "widgets/training/test_scan_view.py",
    "sda_widgets.files.sound_upload": "widgets/files/test_sound_opener.py",
    "sda_widgets.grid.grid_input": "widgets/grid/test_code_grid.py",
    "sda_widgets.grid.grid_cursor": "widgets/grid/test_code_grid.py",
    "sda_widgets.health.findings_list": "widgets/health/test_health_view.py",
    "sda_widgets.plane.scatter": "widgets/plane/test_recording_map.py",
    "sda_widgets.plane.scatter_input": "widgets/plane/test_recording_map.py",
    "sda_widgets.listen.sound_player": "widgets/listen/test_player.py",
    "sda_widgets.standalone.mirror": "widgets/standalone/test_root.py",
    "sda_widgets.voila_server": "cli/test_serving.py",
    "sda_widgets.session.context": "widgets/session/test_session.py",
    "sda_widgets.session.guard": "widgets/session/test_session.py",
    "sda_widgets.session.model_checks": "widgets/health/test_health_view.py",
    "sda_widgets.session.model_library": "widgets/session/test_session.py",
    "sda_widgets.session.renderer": "widgets/session/test_sliding.py",
    "sda_widgets.session.sound": "widgets/session/test_session.py",
    "sda_widgets.session.sound_traits": "widgets/session/test_steps.py",
    "sda_widgets.training.audition_view": "widgets/session/test_auditions.py",
}


def modules():
    """Yield the dotted name of each module and the path of its test file below `tests`."""
    for package, (folder, below) in PACKAGES.items():
        for path in sorted(folder.rglob("[!_]*.py")):
            module = path.relative_to(folder)
            dotted = ".".join((package, *module.with_suffix("").parts))
            yield dotted, Path(below, module.parent, f"test_{module.name}").as_posix()


MIRRORS = dict(modules())


@pytest.mark.parametrize("module", MIRRORS)
def test_every_module_has_a_test_file(module):
    assert (TESTS / COVERED.get(module, MIRRORS[module])).is_file()


def test_exceptions_are_needed_and_current():
    assert set(COVERED) <= set(MIRRORS)
    assert not [module for module in COVERED if (TESTS / MIRRORS[module]).exists()]
