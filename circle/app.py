"""The web application: a table of contents, one line a concern."""

from flask import Flask
from flask_wtf import CSRFProtect
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from circle import database, errors, logs
from circle.access import bodies, headers, limits, pages, person
from circle.access.views import bp as access
from circle.accounts.views import bp as accounts
from circle.cases.views import bp as cases
from circle.employers.views import bp as employers
from circle.imports.views import bp as imports
from circle.matching.views import bp as matching
from circle.messages.views import bp as messages
from circle.places.views import bp as places
from circle.posts.views import bp as posts
from circle.posts.views import door, noticeboard
from circle.privacy import keys
from circle.referrals.answering import bp as answers
from circle.referrals.views import bp as referrals
from circle.registration.views import bp as registration
from circle.reviews.views import bp as reviews
from circle.seeking.views import bp as seeking
from circle.seeking.views import digests
from circle.services.views import bp as services
from circle.todo.views import bp as todo
from circle.upkeep.views import integrity, jobs
from circle.visits.views import bp as visits
from config import ConfigurationError, Settings

BLUEPRINTS = (
    access,
    accounts,
    answers,
    cases,
    digests,
    door,
    employers,
    imports,
    integrity,
    jobs,
    matching,
    messages,
    noticeboard,
    places,
    posts,
    referrals,
    registration,
    reviews,
    seeking,
    services,
    todo,
    visits,
)
csrf = CSRFProtect()


def create_app(settings: Settings, engine: Engine | None = None) -> Flask:
    """Raises ConfigurationError where the secret key or a fitting keyring is missing."""
    if not settings.secret_key:
        message = "CIRCLE_SECRET_KEY：没有设置；circle keys make 可以生成"
        raise ConfigurationError(message)
    logs.configure(as_json=settings.log_json)
    app = Flask(__name__)
    _configure(app, settings)
    logs.register(app)
    database.register(app, settings, engine)
    keys.install(settings.keyring_path, app.extensions["sessions"])
    bodies.register(app)
    csrf.init_app(app)
    person.register(app)
    limits.register(app)
    headers.register(app)
    pages.register(app)
    errors.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="circle",
        SESSION_COOKIE_SECURE=settings.cookie_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1024 * 1024,
        # A form may lie open through a long visit; the session's own end is its limit.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # the default provider has it
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign] # as Flask's documentation does
