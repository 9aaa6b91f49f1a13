"""What a person meets on the first day: signing in, lists, a record, an edit in place."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.acceptance.browser.conftest import Visit

SELLER, MANAGER = "xia.chengyu", "lu.jingming"


def open_list(page: Page, base: str, name: str) -> None:
    page.goto(f"{base}/pages/{name}.list")
    page.get_by_role("row").nth(1).wait_for()


def test_wrong_password_is_told_and_demo_people_enter_by_a_click(visit: Visit) -> None:
    page = visit.page
    page.goto(visit.base)
    page.locator("input").first.fill("nobody")
    page.locator("input[type=password]").fill("wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_be_visible()

    page.get_by_role("button", name=re.compile("夏承宇")).click()

    page.get_by_role("navigation").first.wait_for()
    assert "/sign-in" not in page.url


def test_manager_sees_more_than_a_seller(visit: Visit) -> None:
    """P01 at the screen."""
    counts = []
    for login in (SELLER, MANAGER):
        page = visit.sign_in(login)
        answer = page.request.get(f"{visit.base}/api/v1/records/opportunity?count=exact&limit=1")
        counts.append(answer.json()["page"]["count"])
        visit.context.clear_cookies()

    assert counts[0] < counts[1]


def test_list_keeps_view_and_place_in_its_address(visit: Visit) -> None:
    page = visit.sign_in(MANAGER)
    open_list(page, visit.base, "opportunity")
    views = page.get_by_role("navigation", name="视图")
    views.get_by_text("全部").click()
    page.wait_for_url(re.compile("view="))

    page.reload()
    page.get_by_role("row").nth(1).wait_for()

    chosen = views.locator("[aria-current=true]")
    expect(chosen).to_contain_text("全部")


def test_record_opens_from_its_list_with_timeline(visit: Visit) -> None:
    page = visit.sign_in(MANAGER)
    open_list(page, visit.base, "account")

    page.get_by_role("row").nth(1).get_by_role("gridcell").nth(1).click()
    page.keyboard.press("Space")

    expect(page.get_by_text("时间线").first).to_be_visible()


def test_no_untranslated_text_in_english(english: Visit) -> None:
    page = english.sign_in(MANAGER)
    page.evaluate("localStorage.setItem('sanhuan.language', 'en')")
    page.goto(f"{english.base}/pages/lead.list")
    page.get_by_role("row").nth(1).wait_for()

    heads = page.get_by_role("columnheader").all_inner_texts()

    assert heads
    assert not [head for head in heads if re.search(r"[\u4e00-\u9fff]", head)]


def test_phone_shows_a_bottom_bar_and_the_list_as_cards(phone: Visit) -> None:
    page = phone.sign_in(SELLER)
    page.goto(f"{phone.base}/pages/lead.list")
    page.get_by_role("main").first.wait_for()

    width = page.evaluate("document.documentElement.scrollWidth")

    assert width <= 390
    expect(page.get_by_role("navigation").last).to_be_visible()
