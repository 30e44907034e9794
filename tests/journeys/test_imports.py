"""The clerk sends a messy list, looks before it counts, mends what came back, sends it again."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from circle.jobs import JOBS, run_due
from models.imports import ImportBatch
from models.places import Division
from models.residents import Resident
from models.staff import Account
from models.vocabulary.jobs import JobName
from models.vocabulary.places import level_of, subtree_end
from tests.circle.imports.files import number, xlsx_of
from tests.factories import OTHER_COMMUNITY, PLACES
from tests.journeys.conftest import Site

pytestmark = pytest.mark.journey
FAR_COMMUNITY = "330110013001"
WATCHED = 60_000  # the page asks every two seconds, the machine may be busy
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADER = ["户号", "与户主\n关系", "姓 名", "身份证号（必填）", "所属社区"]
PEOPLE = 12


@pytest.mark.parametrize(
    ("device", "community", "area"),
    [("phone", OTHER_COMMUNITY, "330106"), ("desk", FAR_COMMUNITY, "330105")],
)
def test_a_messy_list_is_looked_at_applied_mended_and_sent_again(
    device: str,
    community: str,
    area: str,
    request: pytest.FixtureRequest,
    site: Site,
    sign_in: Callable[[Page, Account], None],
    accessible: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    page: Page = request.getfixturevalue(device)
    numbers = [number(f"{area}19800101{serial:03}") for serial in range(1, PEOPLE + 1)]
    sign_in(page, site.clerk())
    page.goto("/imports")
    page.get_by_role("link", name="导入文件").click()
    accessible(page)

    fill(page, "户籍.xlsx", messy(numbers, community))
    expect(page.get_by_text("正在排队")).to_be_visible()
    scheduler_looks(site)
    expect(page.get_by_text("只是核对，还没有入库")).to_be_visible(timeout=WATCHED)
    assert residents(site, community) == 0
    assert count(page, "新增") == PEOPLE - 3
    assert count(page, "退回") == 3
    expect(page.locator("[hx-trigger]")).to_have_count(0, timeout=WATCHED)
    accessible(page)

    page.get_by_role("checkbox", name="退回的行太多").check()
    page.get_by_role("button", name="仍然入库").click()
    scheduler_looks(site)
    expect(page.get_by_text("已入库。")).to_be_visible(timeout=WATCHED)
    assert residents(site, community) == PEOPLE - 3
    for reason in ("证件号码校验位不对，请核对是否录错", "缺少姓名", "证件号码位数不对"):
        expect(page.get_by_role("heading", name=reason)).to_be_visible()
    assert numbers[2] not in page.content()
    accessible(page)

    with page.expect_download() as download:
        page.get_by_role("link", name="下载退回的行").click()
    download.value.save_as(tmp_path / "rejects.xlsx")
    mended = mend((tmp_path / "rejects.xlsx").read_bytes(), numbers)
    page.get_by_role("link", name="上传改好的表").click()
    page.get_by_label("先核对").uncheck()
    page.get_by_label("文件", exact=True).set_input_files(file_of("改好.xlsx", mended))
    page.get_by_role("button", name="上传").click()
    scheduler_looks(site)
    expect(page.get_by_text("只作补充")).to_be_visible(timeout=WATCHED)
    assert (count(page, "新增"), count(page, "退回")) == (3, 0)
    assert residents(site, community) == PEOPLE

    page.get_by_role("link", name="全部批次").click()
    expect(page.get_by_text("改好.xlsx").first).to_be_visible()
    accessible(page)


@pytest.mark.parametrize(
    ("device", "community", "area"),
    [("phone", "330110014001", "330102"), ("desk", "330110014002", "330103")],
)
def test_a_list_that_lost_people_is_confirmed_by_name_and_watched(
    device: str,
    community: str,
    area: str,
    request: pytest.FixtureRequest,
    site: Site,
    sign_in: Callable[[Page, Account], None],
    accessible: Callable[[Page], None],
) -> None:
    page: Page = request.getfixturevalue(device)
    numbers = [number(f"{area}19800101{serial:03}") for serial in range(1, PEOPLE + 1)]
    name = found(site, community)
    clerk = site.clerk()
    sign_in(page, clerk)
    page.goto("/imports/new")
    fill(page, "户籍_上月.xlsx", whole(numbers, name), rehearsed=False)
    scheduler_looks(site)
    expect(page.get_by_text("已入库。")).to_be_visible(timeout=WATCHED)

    page.goto("/imports/new")
    fill(page, "户籍_本月.xlsx", whole(numbers[: PEOPLE - 4], name))
    batch = page.url
    page.goto("/imports")
    scheduler_looks(site)
    page.goto(batch)
    expect(page.get_by_role("heading", name="入库以后会怎样")).to_be_visible()
    expect(page.get_by_role("heading", name="要终止的记录太多")).to_be_visible()
    accessible(page)

    page.get_by_role("button", name="仍然入库").click()
    expect(page.get_by_role("button", name="仍然入库")).to_be_visible()  # ticks come first
    for tick in page.get_by_role("checkbox", name="我核对过").all():
        tick.check()
    colleague = page.context.new_page()
    colleague.goto(batch)
    page.get_by_role("button", name="仍然入库").click()
    expect(page.get_by_text("正在排队")).to_be_visible()
    for tick in colleague.get_by_role("checkbox", name="我核对过").all():
        tick.check()
    colleague.get_by_role("button", name="仍然入库").click()
    expect(colleague.get_by_text("已由潘晓燕确认入库")).to_be_visible()
    colleague.close()

    half_way(site, batch)
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=WATCHED)
    expect(page.get_by_text("250 / 1,000 条")).to_be_visible(timeout=WATCHED)
    accessible(page)
    page.goto("/imports")
    scheduler_looks(site)
    page.goto(batch)
    expect(page.get_by_text("已入库。")).to_be_visible()
    assert residents(site, community) == PEOPLE - 4
    with site.records() as session:
        states = session.scalars(
            select(ImportBatch.state).where(ImportBatch.filed_by == clerk.id)
        ).all()
    assert [state.value for state in states] == ["applied", "applied"]


@pytest.mark.parametrize(
    ("device", "community", "area"),
    [("phone", "330110014003", "330108"), ("desk", "330110014004", "330109")],
)
def test_columns_nobody_knows_are_named_once_and_remembered(
    device: str,
    community: str,
    area: str,
    request: pytest.FixtureRequest,
    site: Site,
    sign_in: Callable[[Page, Account], None],
    accessible: Callable[[Page], None],
) -> None:
    page: Page = request.getfixturevalue(device)
    numbers = [number(f"{area}19800101{serial:03}") for serial in range(1, 5)]
    name = found(site, community)
    sign_in(page, site.clerk())
    page.goto("/imports/new")
    fill(page, "名册一.xlsx", strange(numbers[:3], name))
    scheduler_looks(site)
    expect(page.get_by_text("没有找到表头")).to_be_visible(timeout=WATCHED)
    expect(page.get_by_role("cell", name="居*").first).to_be_visible()
    assert numbers[0] not in page.content()
    accessible(page)

    page.get_by_label("表头从第几行开始").fill("2")
    page.locator("#t0-c0").select_option("name")
    page.get_by_role("button", name="按这样读取").click()
    expect(page.get_by_role("alert").get_by_text("请为“身份证号”选一列。")).to_be_visible()
    accessible(page)
    page.get_by_label(f"{name}证照").select_option("number")
    page.get_by_label(f"{name}归口").select_option("division")
    page.get_by_role("button", name="按这样读取").click()
    scheduler_looks(site)
    expect(page.get_by_text("只是核对，还没有入库")).to_be_visible(timeout=WATCHED)
    expect(page.get_by_text("由人工指定")).to_be_visible()
    assert count(page, "新增") == 3
    page.get_by_role("button", name="确认入库").click()
    scheduler_looks(site)
    expect(page.get_by_text("已入库。")).to_be_visible(timeout=WATCHED)

    page.goto("/imports/new")
    fill(page, "名册二.xlsx", strange(numbers, name), source="")
    scheduler_looks(site)
    expect(page.get_by_role("heading", name="公安户籍")).to_be_visible(timeout=WATCHED)
    expect(page.get_by_text("这次按上次的列对应读取")).to_be_visible()
    assert (count(page, "新增"), count(page, "无变化")) == (1, 3)
    page.get_by_role("button", name="改回自动识别").click()
    scheduler_looks(site)
    expect(page.get_by_text("没有找到表头")).to_be_visible(timeout=WATCHED)
    page.get_by_role("button", name="放弃，不入库").click()
    expect(page.get_by_text("已放弃这个文件")).to_be_visible()


@pytest.mark.parametrize("device", ["phone", "desk"])
def test_a_file_that_is_none_is_let_go_of_or_sent_anew(
    device: str,
    request: pytest.FixtureRequest,
    site: Site,
    sign_in: Callable[[Page, Account], None],
    accessible: Callable[[Page], None],
) -> None:
    page: Page = request.getfixturevalue(device)
    clerk = site.clerk()
    sign_in(page, clerk)
    page.goto("/imports/new")
    fill(page, "通知.xlsx", xlsx_of({"通知": [["关于报送名单的通知", device]]}))
    scheduler_looks(site)
    expect(page.get_by_text("没有找到表头")).to_be_visible(timeout=WATCHED)
    accessible(page)
    page.get_by_role("button", name="放弃，不入库").click()
    page.get_by_role("link", name="重新上传").click()
    expect(page.get_by_label("数据来源")).to_have_value("household")

    area = {"phone": "330104", "desk": "330103"}[device]
    numbers = [number(f"{area}19800101{serial:03}") for serial in range(1, 4)]
    fill(page, "户籍.xlsx", messy(numbers, OTHER_COMMUNITY))
    scheduler_looks(site)
    page.get_by_role("button", name="放弃，不入库").click(timeout=WATCHED)
    expect(page.get_by_text("已放弃这个文件")).to_be_visible()
    expect(page.get_by_role("button", name="确认入库")).to_have_count(0)
    with site.records() as session:
        kept = session.scalars(
            select(ImportBatch.progress).where(ImportBatch.filed_by == clerk.id)
        ).all()
    assert not any("upload" in progress for progress in kept)


def messy(numbers: list[str], community: str) -> bytes:
    """A title, a header in pieces, three faulty rows, a total."""
    place = PLACES[community]
    rows = [
        [f"{number[-6:]}", "户主", f"居民{'甲乙丙丁戊己庚辛壬癸子丑'[at]}", number, place]
        for at, number in enumerate(numbers)
    ]
    rows[0][3] = f"{numbers[0][:17]}{'1' if numbers[0][17] != '1' else '2'}"
    rows[1][2] = ""
    rows[2][3] = numbers[2][:16]
    title, total = ["户籍人口花名册"], ["合计", "", "", str(len(rows)), ""]
    return xlsx_of({place: [title, HEADER, *rows, total]})


def found(site: Site, community: str) -> str:
    """A community of its own, that no other journey has people in; its name."""
    name = f"新设第{community[-1]}社区"
    with site.records() as session:
        session.add(Division(code=community, name=name, level=level_of(community)))
    return name


def half_way(site: Site, address: str) -> None:
    """As another process would leave word while it writes."""
    with site.records() as session:
        batch = session.get_one(ImportBatch, int(address.rpartition("/")[2]))
        far = {"act": "write_persons", "done": 250, "total": 1000, "seconds": 5.0}
        batch.progress = {**batch.progress, **far}


def whole(numbers: list[str], place: str) -> bytes:
    """Nothing wrong with it."""
    rows = [
        [document[-6:], "户主", f"居民{'甲乙丙丁戊己庚辛壬癸子丑'[at]}", document, place]
        for at, document in enumerate(numbers)
    ]
    return xlsx_of({"名册": [HEADER, *rows]})


def strange(numbers: list[str], place: str) -> bytes:
    """A form whose words are the sender's own."""
    header = [f"{place}{word}" for word in ("称呼", "证照", "归口")]
    rows = [[f"居民{'甲乙丙丁'[at]}", document, place] for at, document in enumerate(numbers)]
    return xlsx_of({"名册": [["实有人口名册"], header, *rows]})


def mend(workbook: bytes, numbers: list[str]) -> bytes:
    """As a person would: look at the last column, put the cell right, leave the rest."""
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_index(0)
    header, *rows = [[str(cell) for cell in row] for row in sheet.to_python()]
    name, document = header.index("姓 名"), header.index("身份证号（必填）")
    assert header[-1] == "问题"
    right = {number[-6:]: number for number in numbers}
    for row in rows:
        assert row[-1]
        row[document] = right[row[header.index("户号")]]
        row[name] = row[name] or "居民乙"
    return xlsx_of({"退回": [header, *rows]})


def fill(
    page: Page, name: str, content: bytes, *, rehearsed: bool = True, source: str = "household"
) -> None:
    page.get_by_label("数据来源").select_option(source)
    page.get_by_label("文件", exact=True).set_input_files(file_of(name, content))
    page.get_by_label("先核对").set_checked(rehearsed)
    page.get_by_role("button", name="上传").click()


def file_of(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": XLSX, "buffer": content}


def scheduler_looks(site: Site) -> None:
    """What the scheduler's process does every few seconds."""
    look = next(job for job in JOBS if job.name is JobName.IMPORT)
    assert run_due(site.office, look) == 1


def residents(site: Site, community: str) -> int:
    with site.records() as session:
        mine = Resident.lives_in >= community, Resident.lives_in < subtree_end(community)
        return session.scalar(select(func.count()).select_from(Resident).where(*mine)) or 0


def count(page: Page, label: str) -> int:
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=label, exact=True))
    return int(row.get_by_role("cell").first.inner_text())
