"""The made-up company itself: departments, staff, posts, tags, price list, competitors."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sanhuan.sample.material import Colleague, Material, Place
from sanhuan.sample.steps import Ref, Step

COMPANY = {"zh": "云禾同筑建材（示例）", "en": "Yunhe Tongzhu Building Materials (sample)"}
"""Two entries of the list of trade names joined; no real firm is meant."""

DEPARTMENTS = {
    "公司": (None, "shi.wenyuan"),
    "销售中心": ("公司", "ouyang.lan"),
    "浙北销售部": ("销售中心", "lu.jingming"),
    "浙东销售部": ("销售中心", "ge.yating"),
    "苏沪销售部": ("销售中心", "ruan.zhihao"),
    "渠道与电商部": ("销售中心", "pan.shuwen"),
    "销售运营部": ("公司", "yu.wanqing"),
    "财务部": ("公司", "meng.xiaotong"),
    "仓储物流部": ("公司", "bai.guoliang"),
}
"""By name: the department above (None: the top, which bears the company's name), and its head."""

DEMO_LOGINS = ("xia.chengyu", "lu.jingming", "yu.wanqing", "luo.ziheng")
"""Whom a visitor may try the product as: a seller, a manager, operations, an administrator."""

PRODUCT_LINES = {
    "tile_adhesive": "瓷砖胶",
    "waterproofing": "防水",
    "insulation": "保温",
    "mortar": "砂浆",
    "coating": "涂料",
    "board": "板材",
    "pipe": "管材",
    "profile": "型材",
    "hardware": "五金",
}
"""The tag of each category of products; interests and expertise are told in these words."""

OTHER_TAGS = {
    "customer": ("战略客户", "价格敏感", "回款慢", "样板客户", "年度框架"),
    "industry": ("总包", "装饰公司", "地产", "经销商", "厂房业主"),
    "region": ("浙北", "浙东", "苏沪"),
}

NORTH_ZHEJIANG = frozenset({"3301", "3304", "3305"})
SHANGHAI, JIANGSU, ANHUI = "31", "32", "34"
CHANNELS = frozenset({"shop", "dealer"})


def department_for(place: Place, source: str) -> str:
    """The sales department that looks after a place; dealers and the shop have their own."""
    if source in CHANNELS:
        return "渠道与电商部"
    if place.province in (SHANGHAI, JIANGSU, ANHUI):
        return "苏沪销售部"
    return "浙北销售部" if place.city in NORTH_ZHEJIANG else "浙东销售部"


def steps(material: Material, since: datetime) -> list[Step]:
    """The company as it stood at `since`, departments from the top down, then their staff."""
    return [
        *_tags(since),
        *_departments(since),
        *(_colleague(one, since) for one in material.staff),
        *(_post(one, since) for one in material.staff),
        *_heads(since + timedelta(hours=1)),
        *_price_list(material, since),
        *_competitors(material, since),
    ]


def _tags(since: datetime) -> list[Step]:
    kinds = {"product": tuple(PRODUCT_LINES.values()), **OTHER_TAGS}
    return [
        Step("tag", f"tag:{name}", since, {"name": name, "kind": kind})
        for kind, names in kinds.items()
        for name in names
    ]


def _departments(since: datetime) -> list[Step]:
    return [
        Step(
            "department",
            f"department:{name}",
            since,
            {
                "name": name if above else COMPANY["zh"],
                "parent": Ref(f"department:{above}") if above else None,
            },
        )
        for name, (above, _) in DEPARTMENTS.items()
    ]


def _colleague(one: Colleague, since: datetime) -> Step:
    values: dict[str, Any] = {
        "name": one.name,
        "login": one.login,
        "title": one.title,
        "phone": one.phone,
        "email": f"{one.login}@example.com",
        "department": Ref(f"department:{one.department}"),
        "manager": Ref(f"user:{one.manager}") if one.manager else None,
        "roles": [Ref(f"role:{role}") for role in one.roles],
        "expertise": [Ref(f"tag:{name}") for name in one.expertise],
        "language": "zh",
        "active": True,
    }
    return Step("user", f"user:{one.login}", since, values)


def _post(one: Colleague, since: datetime) -> Step:
    values = {
        "user": Ref(f"user:{one.login}"),
        "department": Ref(f"department:{one.department}"),
        "title": one.title,
        "main": True,
    }
    return Step("post", f"post:{one.login}", since, values)


def _heads(since: datetime) -> list[Step]:
    return [
        Step(
            "department",
            f"department:{name}",
            since,
            {"manager": Ref(f"user:{head}")},
            operation="update",
        )
        for name, (_, head) in DEPARTMENTS.items()
    ]


def _price_list(material: Material, since: datetime) -> list[Step]:
    return [
        Step(
            "product",
            f"product:{product.code}",
            since,
            {
                "code": product.code,
                "name": product.name,
                "spec": product.spec,
                "category": product.category,
                "unit": product.unit,
                "price": str(product.price),
                "floor_price": str(product.floor_price),
                "active": True,
            },
        )
        for product in material.products
    ]


def _competitors(material: Material, since: datetime) -> list[Step]:
    return [
        Step("competitor", f"competitor:{row['name']}", since, dict(row))
        for row in material.competitors
    ]
