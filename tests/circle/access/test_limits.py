import pytest
from flask import Flask

from circle.access.limits import remote_address


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
    ],
)
def test_a_subscriber_counts_once_however_many_addresses_they_have(
    app: Flask, address: str, counted: str
) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert remote_address() == counted


def test_no_proxy_is_believed_where_none_is_set(app: Flask) -> None:
    headers = {"X-Forwarded-For": "10.9.9.9"}
    with app.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": "10.1.2.3"}):
        assert remote_address() == "10.1.2.3"
