"""The progress of long work is shown while there is any, and can be canceled."""

from sda_widgets.common.work_progress import WorkProgress


def test_it_is_hidden_without_words_and_cancels():
    calls = []
    shown = WorkProgress(lambda: calls.append(1))
    assert shown.layout.display == "none"
    shown.show(0.4, "Trying <b> … about 20 s left")
    assert shown.layout.display is None
    assert shown.bar.value == 0.4
    assert "Trying &lt;b&gt; … about 20 s left" in shown.words.value
    shown.cancel.click()
    assert calls == [1]
    shown.show(0.0, "")
    assert shown.layout.display == "none"
