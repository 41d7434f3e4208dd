"""Every public name is documented: its parameters, what it raises, and an example that runs."""

import doctest
import inspect
import re
import sys
from pathlib import Path

import pytest

import sda_lib
import sda_widgets

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
from public_names import PublicName, members, public_names  # noqa: E402

NAMES = [*public_names(sda_lib), *public_names(sda_widgets)]
PRELUDE = re.search(r"```python\n(.*?)```", (ROOT / "docs/site/api.md").read_text(), re.DOTALL)[1]


def examples_of(name):
    return doctest.DocTestParser().get_examples(name.doc)


def problems(name):
    """What is missing in the documentation of a public name."""
    found = []
    if not re.match(r"[A-Z].*\.$", name.doc.split("\n\n")[0].replace("\n", " ")):
        found.append("a first sentence")
    if name.is_fact:
        owner = next(one for one in NAMES if one.name == name.name.split(".")[0])
        called = name.name.split(".")[1]
        if not any(f".{called}" in one.source for one in examples_of(owner)):
            found.append(f".{called} in the example of its class")
        return found
    found += [f"{one} in Args" for one in name.parameters if not re.search(rf"^ +{re.escape(one)}: ", name.doc, re.M)]
    if "raise " in source_of(name.value) and "Raises" not in name.doc:
        found.append("what it raises")
    if not examples_of(name):
        found.append("an example")
    return found


def source_of(value):
    """The source of a function; of a class, that of what makes a value."""
    made = [vars(value).get(one) for one in ("__init__", "__post_init__")] if inspect.isclass(value) else [value]
    found = [inspect.unwrap(one) for one in made if inspect.isroutine(one)]
    return "".join(inspect.getsource(one) for one in found if inspect.getsourcefile(one).startswith(str(ROOT)))


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name.name)
def test_documented(name):
    assert not problems(name), f"{name.name} lacks {', '.join(problems(name))}"


def test_what_is_missing_is_found():
    def undocumented(length, *rest):
        raise ValueError(length, rest)

    lacking = problems(PublicName("sda_lib", "undocumented", undocumented))
    assert lacking == ["a first sentence", "length in Args", "*rest in Args", "what it raises", "an example"]


def test_tab_completion_of_the_packages_lists_what_the_reference_has():
    for package in (sda_lib, sda_widgets):
        assert set(dir(package)) - {"__version__"} == set(package.__all__)


def test_help_shows_parameters_with_ranges():
    text = inspect.getdoc(sda_lib.SdaModel.generate)
    assert "novelty: Distance from the recordings: 0 follows them, 1 leaves them often (0 to 1)." in text
    assert "times: Number of repetitions (1 to 100000)." in inspect.getdoc(sda_lib.Codes.loop)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """The names that examples share, made as docs/site/api.md says, but in closed form, with sliders of few trials."""
    from sda_lib.sliders import fit
    from sda_lib.sliders.nudges import Nudging

    folder = tmp_path_factory.mktemp("reference")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("SDA_HOME", str(folder / "home"))
        patch.setattr(fit, "STRAIGHT", Nudging(300, (0.5,)))
        patch.setattr(fit, "BENT", Nudging(300, (1.0,)))
        patch.setattr(fit, "TRIED", 2)
        patch.setattr(fit, "TRIED_SECONDS", 0.4)
        assert "minutes=1" in PRELUDE
        names = {}
        sliders = "model = model.with_sliders(fit_sliders(model)); model.save(run.model_path); model = run.load()\n"
        trained = PRELUDE.replace("minutes=1", "minutes=0").replace("\nclip =", f"\n{sliders}clip =")
        exec(compile(trained, "docs/site/api.md", "exec"), {"fit_sliders": fit.fit_sliders, **names}, names)
        yield folder, names


@pytest.mark.slow  # it trains
@pytest.mark.parametrize("kept", ["model", "codes", "take", "corpus", "run", "clip"])
def test_tab_completion_of_a_value_lists_what_the_reference_has(kept, shown):
    value = shown[1][kept]
    fields = set(value.__dataclass_fields__)
    assert set(dir(value)) == fields | set(members(type(value)))


@pytest.mark.slow
def test_tab_completion_of_a_widget_leaves_out_what_only_widgets_use(shown):
    listed = dir(sda_widgets.Player(shown[1]["clip"]))
    assert {"position", "names", "observe"} <= set(listed)
    assert not [name for name in listed if name.startswith("_") or name in ("mirror", "control")]


@pytest.mark.slow
@pytest.mark.parametrize("name", [one for one in NAMES if examples_of(one)], ids=lambda name: name.name)
def test_example(name, shown, monkeypatch):
    folder, names = shown
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SDA_HOME", str(folder / "home"))
    test = doctest.DocTest(examples_of(name), dict(names), name.name, None, None, name.doc)
    report = []
    done = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(test, out=report.append)
    assert done.attempted
    assert not done.failed, "".join(report)
