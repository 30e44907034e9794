"""One place that turns refusals and errors into pages, fragments or JSON."""

import structlog
from flask import (
    Flask,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from circle.refusals import Refusal

log = structlog.get_logger(__name__)

# status: what happened, what to do next
PAGES: dict[int, tuple[LazyString, LazyString]] = {
    400: (
        _l("请求不完整"),
        _l("页面可能已经过期。请返回上一页，刷新后再提交一次。"),
    ),
    401: (_l("请先登录"), _l("登录已经失效，请重新登录后继续。")),
    403: (_l("没有权限"), _l("您的账号没有做这件事的权限。如确有需要，请联系系统管理员。")),
    404: (_l("没有找到"), _l("没有这个页面，或者它不在您负责的范围内。请检查网址，或回到首页。")),
    405: (_l("不能这样打开"), _l("这个地址不能直接打开。请回到首页，从菜单进入。")),
    409: (_l("内容已变化"), _l("别人刚刚改过这条记录。请刷新后再试。")),
    413: (_l("文件太大"), _l("上传的文件超过了大小限制。请分成几个文件，或联系系统管理员。")),
    422: (_l("未能完成"), _l("请按提示修改后再试。")),
    429: (_l("操作太频繁"), _l("请稍等一会儿再试。")),
    500: (
        _l("系统出错了"),
        _l("错误已经记录下来，没有保存任何改动。请稍后再试；若持续出现，请联系系统管理员。"),
    ),
    503: (_l("暂时不能使用"), _l("系统正忙或正在维护。请稍后再试。")),
}


def register(app: Flask) -> None:
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _crashed)


def answer(status: int, sentence: str | None = None) -> Response:
    """The status as a page, as a fragment for htmx or as JSON, whichever was asked for."""
    title, advice = PAGES.get(status, PAGES[500 if status >= 500 else 400])  # noqa: PLR2004
    sentence = sentence or str(advice)
    if wants_json():
        response = jsonify(error=str(title), message=sentence)
    elif request.headers.get("HX-Request"):
        response = make_response(render_template("errors/toast.html", sentence=sentence))
        response.headers.update({"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"})
    else:
        page = render_template("errors/page.html", status=status, title=title, sentence=sentence)
        response = make_response(page)
    response.status_code = status
    return response


def wants_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted.accept_json and not accepted.accept_html


def _refused(refusal: Refusal) -> Response:
    return answer(refusal.status, refusal.sentence())


def _http_error(error: HTTPException) -> Response:
    if error.response is not None:
        return make_response(error.get_response())
    status = error.code or 500
    above = _page_above() if isinstance(error, MethodNotAllowed) else None
    if above is not None:
        return make_response(redirect(above))
    if 300 <= status < 400:  # noqa: PLR2004 - a redirect is no error
        return make_response(error.get_response())
    response = answer(status)
    kept = {"Allow", "Retry-After"}
    response.headers.update({k: v for k, v in error.get_headers() if k in kept})
    return response


def _page_above() -> str | None:
    """A form that came back with a fault stands at the address it was sent to. Loaded anew or
    reached by the back button that address answers nobody; the page the form stood on does.
    """
    if request.method != "GET" or wants_json() or request.headers.get("HX-Request"):
        return None
    above = request.path.rpartition("/")[0]
    router = current_app.create_url_adapter(request)
    try:
        return above if router and router.match(above, method="GET") else None
    except HTTPException:
        return None


def _crashed(error: Exception) -> Response:
    # A database error carries the statement's values, which are personal data: its text stays out.
    shown = error.orig.__class__ if isinstance(error, DBAPIError) else error.__class__
    log.error(
        "request_failed",
        endpoint=request.endpoint,
        error=shown.__name__,
        place=_place(error),
    )
    return answer(500)


def _place(error: BaseException) -> list[str]:
    """Where it went wrong: file and line of the last frames, no values."""
    frames = []
    step = error.__traceback__
    while step is not None:
        frames.append(f"{step.tb_frame.f_code.co_filename}:{step.tb_lineno}")
        step = step.tb_next
    return frames[-6:]
