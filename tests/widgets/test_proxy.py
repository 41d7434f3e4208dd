"""The entry for jupyter-server-proxy."""

from sda_widgets import proxy


def test_each_proxied_start_has_a_new_token():
    tokens = {proxy.server()["environment"]["SDA_TOKEN"] for _ in range(2)}
    assert len(tokens) == 2
    assert all(len(token) > 20 for token in tokens)
