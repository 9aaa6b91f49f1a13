"""Addresses in one cell, parted into divisions and detail."""

from __future__ import annotations

import pytest

from sanhuan.touchpoints.imports import addresses


@pytest.mark.parametrize(
    ("text", "codes", "detail"),
    [
        ("浙江省绍兴市越城区胜利东路 8 号", ("33", "3306", "330602"), "胜利东路 8 号"),
        ("浙江绍兴", ("33", "3306", None), None),
        ("浙江-绍兴-越城区", ("33", "3306", "330602"), None),
        ("绍兴市柯桥区", ("33", "3306", "330603"), None),
        ("杭州 余杭区 文一西路", ("33", "3301", "330110"), "文一西路"),
        ("北京市朝阳区建国路 1 号", ("11", "1101", "110105"), "建国路 1 号"),
        ("北京市北京市朝阳区", ("11", "1101", "110105"), None),
        ("上海浦东新区张江", ("31", "3101", "310115"), "张江"),
        ("重庆市城口县", ("50", "5002", "500229"), None),
        ("海南省五指山市", ("46", "4690", "469001"), None),
        ("新疆乌鲁木齐天山区", ("65", "6501", "650102"), None),
        ("吉林市", ("22", "2202", None), None),
        ("江苏省南京市鼓楼区", ("32", "3201", "320106"), None),
        ("鼓楼区", (None, None, None), "鼓楼区"),
        ("朝阳区建国路", (None, None, None), "朝阳区建国路"),
        ("中山东路 8 号", (None, None, None), "中山东路 8 号"),
        ("南京路 3 号", (None, None, None), "南京路 3 号"),
        ("文三路 1 号", (None, None, None), "文三路 1 号"),
        ("", (None, None, None), None),
    ],
)
def test_address_is_parted(text: str, codes: tuple[str | None, ...], detail: str | None) -> None:
    found = addresses.parted(text)
    assert (found["province"], found["city"], found["district"]) == codes
    assert found["detail"] == detail
