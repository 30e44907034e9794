"""The house is looked at through the whole application."""

from tests.circle.conftest import app, application, client, divisions, make_account, sign_in

__all__ = ["app", "application", "client", "divisions", "make_account", "sign_in"]
