"""Made-up people and firms: names, telephone numbers that reach nobody, credit codes of no firm."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from sanhuan.sample.material import Material, Place

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜"
    "苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾"
)
GIVEN_FIRST = "子思文志建国晓雨佳嘉梓浩俊宇欣雅若语景明永海春秋振启承立正书诗静丽慧美红玉云"
GIVEN_SECOND = "轩涵怡杰宁航然霖琪瑶彤萱博远伟强军平华英芳敏娟燕玲洁莹辉鹏飞龙峰林森波涛刚勇"

PHONE_PREFIX = "1003"
"""Mainland mobile numbers start with 13 to 19: numbers that start so reach nobody."""

DIVISION_OF_NOWHERE = "990000"
"""No division of GB/T 2260 has this code, so that a credit code with it is no firm's."""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

FIRMS = {
    "e47": ("建设", "建筑工程", "建工"),
    "e48": ("市政工程", "路桥工程", "水利工程"),
    "e49": ("安装工程", "机电安装", "消防工程"),
    "e50": ("装饰工程", "幕墙装饰", "装饰设计"),
    "k70": ("房地产开发", "置业", "城市建设"),
    "f51": ("建材", "贸易", "物资"),
    "f52": ("五金", "建材商行", "家居商贸"),
    "c21": ("家具", "木业"),
    "c30": ("混凝土", "水泥制品"),
    "c33": ("钢构", "金属制品"),
    "g59": ("仓储", "物流园"),
    "h61": ("酒店管理", "酒店"),
    "m74": ("工程设计", "建筑设计"),
    "n78": ("物业服务", "园区管理"),
}
"""How firms of a division of industry call themselves."""


def credit_code(body: str) -> str:
    """The 18 characters of which `body` is the first 17, by the check sum of GB 32100-2015."""
    total = sum(ALPHABET.index(mark) * weight for mark, weight in zip(body, WEIGHTS, strict=True))
    return body + ALPHABET[-total % 31]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody outside the company."""

    name: str
    phone: str
    female: bool

    @property
    def address_form(self) -> str:
        return f"{self.name[0]}{'女士' if self.female else '先生'}"


def mailbox(person: Person) -> str:
    """An address at a domain that is reserved for examples."""
    return f"p{person.phone}@example.com"


class Namer:
    """Gives out names and numbers, no telephone number, firm or credit code twice."""

    def __init__(self, material: Material, random: Random) -> None:
        self._parts = material.name_parts
        self._random = random
        self._phones = random.sample(range(10_000_000), 20_000)
        self._firms: set[str] = set()
        self._codes = 0

    def phone(self) -> str:
        return f"{PHONE_PREFIX}{self._phones.pop():07d}"

    def person(self) -> Person:
        given = self._random.choice(GIVEN_FIRST) + self._random.choice(GIVEN_SECOND)
        if self._random.random() < 0.2:
            given = given[1]
        female = self._random.random() < 0.35
        return Person(self._random.choice(SURNAMES) + given, self.phone(), female)

    def firm(self, place: Place, industry: str) -> str:
        """A firm's full name: city, two trade names joined, line of business, legal form."""
        while True:
            first, second = self._random.sample(self._parts, 2)
            line = self._random.choice(FIRMS[industry])
            name = f"{place.short_city}{first}{second}{line}有限公司"
            if name not in self._firms:
                self._firms.add(name)
                return name

    def credit_code(self) -> str:
        self._codes += 1
        return credit_code(f"91{DIVISION_OF_NOWHERE}MA{self._codes:07d}")
