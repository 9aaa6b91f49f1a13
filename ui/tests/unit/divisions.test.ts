import { expect, test } from "vitest";
import { addressText, readDivisions } from "~/fields/divisions";

const table = `code,name,level,parent
33,浙江省,province,
11,北京市,province,
3301,杭州市,city,33
1101,市辖区,city,11
330106,西湖区,district,3301
110101,东城区,district,1101
`;
const divisions = readDivisions(table);

test("the table is a tree of three levels", () => {
  expect(divisions.tree.map((one) => one.label)).toEqual(["浙江省", "北京市"]);
  expect(divisions.tree[0]?.children?.[0]?.children).toEqual([
    { value: "330106", label: "西湖区" },
  ]);
});

test("an address reads from the large to the small", () => {
  const address = { province: "33", city: "3301", district: "330106", detail: "文三路 1 号" };
  expect(addressText(address, divisions, "zh")).toBe("浙江省杭州市西湖区 文三路 1 号");
  expect(addressText(address, divisions, "en")).toBe("Zhejiang 杭州市 西湖区 文三路 1 号");
});

test("a division that says nothing is left out", () => {
  expect(addressText({ province: "11", city: "1101", district: "110101" }, divisions, "zh")).toBe(
    "北京市东城区",
  );
});

test("without the table the province is told", () => {
  expect(addressText({ province: "33", city: "3301", detail: "x" }, undefined, "zh")).toBe(
    "浙江 x",
  );
  expect(addressText(null, undefined, "zh")).toBe("");
});
