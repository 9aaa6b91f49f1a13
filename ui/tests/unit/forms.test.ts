import { expect, test } from "vitest";
import type { Field, ObjectType, RecordData } from "~/api/types";
import * as draft from "~/forms/draft";
import { columnSum, sum } from "~/forms/sums";

function field(name: string, type: string, more: Partial<Field> = {}): Field {
  return { id: name, name, type, label: { zh: name }, ...more };
}

const fields = [
  field("name", "text", { required: true }),
  field("amount", "money"),
  field("account", "reference", { object: "account" }),
];
const object: ObjectType = {
  id: "o",
  name: "order",
  label: { zh: "订单" },
  title_field: "name",
  fields,
};

test("a new record starts from what the address carries, over plain defaults", () => {
  const start = (given: string, more: Field[] = []) =>
    draft.startValues(
      { ...object, fields: [...fields, ...more] },
      undefined,
      new URLSearchParams(given),
      { id: "u1", title: "沈" },
    );
  expect(start("account=a1&view=x")).toEqual({ account: "a1" });
  const withDefaults = [
    field("source", "select", { default: '"other"' }),
    field("active", "boolean", { default: "TRUE" }),
    field("share", "percent", { default: "0.5" }),
    field("at", "datetime", { default: "NOW()" }),
    field("assignee", "user", { default: "ME" }),
  ];
  expect(start("source=fair", withDefaults)).toEqual({
    source: "fair",
    active: true,
    share: "0.5",
    assignee: { id: "u1", title: "沈" },
  });
});

test("only what differs is sent", () => {
  const record: RecordData = {
    id: "r",
    version: 1,
    name: "a",
    amount: "1.00",
    account: { id: "a1", title: "越辰" },
  };
  expect(draft.changes(fields, { ...record, name: "b" }, record)).toEqual({ name: "b" });
  expect(draft.changes(fields, { ...record, account: "a1" }, record)).toEqual({});
  expect(draft.changes(fields, { name: "x", amount: null }, undefined)).toEqual({ name: "x" });
});

test("what is missing is told by field", () => {
  expect(draft.liveProblems(fields, { amount: "x" }, undefined)).toEqual({
    name: { code: "required" },
    amount: { code: "notNumber" },
  });
});

test("lines are written as created, updated and deleted", () => {
  const columns = [
    field("product", "reference", { object: "product" }),
    field("quantity", "decimal"),
  ];
  const saved: RecordData[] = [
    { id: "l1", version: 1, product: { id: "p1", title: "砂浆" }, quantity: "2" },
    { id: "l2", version: 1, product: { id: "p2", title: "涂料" }, quantity: "3" },
  ];
  const lines = [
    { key: "l1", id: "l1", values: { ...saved[0], quantity: "5" } },
    { key: "n", values: { product: { id: "p3", title: "板材" }, quantity: "1" } },
  ];
  expect(draft.lineChanges(columns, lines, saved)).toEqual({
    create: [{ product: "p3", quantity: "1" }],
    update: [{ id: "l1", quantity: "5" }],
    delete: ["l2"],
  });
  expect(
    draft.lineChanges(
      columns,
      [lines[0]].flatMap((line) => (line ? [{ ...line, values: saved[0] ?? {} }] : [])),
      saved.slice(0, 1),
    ),
  ).toBeNull();
});

test("the server's problems stand at their fields, lines at their table", () => {
  const problems = draft.serverProblems(
    [
      { field: "amount", code: "x", message: "太大" },
      { field: "name.0", code: "x", message: "重名" },
      { field: "other", code: "x", message: "别处" },
      { code: "x", message: "整条" },
    ],
    fields,
  );
  expect(problems).toEqual({ byField: { amount: "太大", name: "重名" }, rest: ["别处", "整条"] });
});

test("sums are exact", () => {
  expect(sum(["0.1", "0.2"])).toBe("0.3");
  expect(sum(["99999999999999999999.99", "0.01"])).toBe("100000000000000000000");
  expect(sum(["-1.5", "1"])).toBe("-0.5");
  expect(sum(["1", "x"])).toBeNull();
});

test("prices of one piece are not summed", () => {
  const lines = [{ key: "1", values: { unit_price: "2", quantity: "3" } }];
  expect(columnSum(field("unit_price", "money"), lines)).toBeNull();
  expect(columnSum(field("quantity", "decimal"), lines)).toBe("3");
});
