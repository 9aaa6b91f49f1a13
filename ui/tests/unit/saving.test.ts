import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ProblemError } from "~/api/client";
import type { ObjectType, RecordData } from "~/api/types";
import * as saving from "~/records/saving";

const object: ObjectType = {
  id: "o",
  name: "lead",
  label: { zh: "线索" },
  title_field: "name",
  fields: [
    { id: "1", name: "name", type: "text", label: { zh: "名称" } },
    { id: "2", name: "amount", type: "money", label: { zh: "金额" } },
    { id: "3", name: "owner", type: "user", label: { zh: "负责人" } },
  ],
};
const base: RecordData = {
  id: "r1",
  version: 3,
  name: "a",
  amount: "1.00",
  owner: { id: "u1", title: "沈" },
};

interface Sent {
  method: string;
  body: unknown;
  match: string | null;
}

let sent: Sent[];
let answers: [number, unknown][];
const asking = { consent: vi.fn(), clash: vi.fn() };

beforeEach(() => {
  sent = [];
  answers = [];
  vi.stubGlobal("document", { cookie: "sanhuan_csrf=t" });
  vi.stubGlobal("fetch", async (_path: string, init: RequestInit) => {
    const headers = init.headers as Headers;
    sent.push({
      method: init.method ?? "",
      body: JSON.parse(String(init.body)),
      match: headers.get("If-Match"),
    });
    const [status, body] = answers.shift() ?? [500, {}];
    return new Response(JSON.stringify(body), { status });
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetAllMocks();
});

test("a change is sent with the version that it is based on, references by id", async () => {
  answers = [[200, { ...base, version: 4 }]];
  const outcome = await saving.change(object, base, { owner: { id: "u2", title: "吴" } }, asking);
  expect(sent).toEqual([{ method: "PATCH", body: { owner: "u2" }, match: '"3"' }]);
  expect(outcome).toMatchObject({ kind: "saved", record: { version: 4 } });
});

test("when others changed another field, the change goes on without a question", async () => {
  answers = [
    [412, { code: "version", current: { ...base, version: 5, name: "b" } }],
    [200, { ...base, version: 6 }],
  ];
  await saving.change(object, base, { amount: "2.00" }, asking);
  expect(sent.map((one) => one.match)).toEqual(['"3"', '"5"']);
  expect(asking.clash).not.toHaveBeenCalled();
});

test("when others changed the same field, the person decides", async () => {
  const current = { ...base, version: 5, amount: "9.00" };
  answers = [[412, { code: "version", current }]];
  asking.clash.mockResolvedValueOnce([]);
  const outcome = await saving.change(object, base, { amount: "2.00" }, asking);
  expect(asking.clash.mock.calls[0]?.[1]).toMatchObject([{ mine: "2.00", theirs: "9.00" }]);
  expect(outcome).toEqual({ kind: "saved", record: current });
});

test("one's own value stays where the person says so", async () => {
  answers = [
    [412, { code: "version", current: { ...base, version: 5, amount: "9.00" } }],
    [200, { ...base, version: 6 }],
  ];
  asking.clash.mockResolvedValueOnce(["amount"]);
  await saving.change(object, base, { amount: "2.00", name: "c" }, asking);
  expect(sent[1]).toMatchObject({ body: { amount: "2.00", name: "c" }, match: '"5"' });
});

test("a warning is passed with a reason, or not at all", async () => {
  const warned: [number, unknown] = [
    409,
    { code: "needs_consent", warnings: [{ rule: "r", message: "m", token: "t" }] },
  ];
  answers = [warned, [200, { ...base, version: 4 }]];
  asking.consent.mockResolvedValueOnce("老客户");
  await saving.change(object, base, { amount: "2.00" }, asking);
  expect(sent[1]?.body).toEqual({ amount: "2.00", consent: [{ token: "t", reason: "老客户" }] });

  answers = [warned];
  asking.consent.mockResolvedValueOnce(null);
  expect(await saving.change(object, base, { amount: "2.00" }, asking)).toEqual({ kind: "left" });
});

test("a record that leaves one's sight by the change is gone", async () => {
  answers = [[200, { id: "r1", version: 4 }]];
  expect(await saving.change(object, base, { owner: null }, asking)).toEqual({ kind: "gone" });
});

test("a refusal comes through with what the server said", async () => {
  answers = [[422, { code: "rule_blocked", detail: "先填金额" }]];
  const refused = saving.change(object, base, { name: "x" }, asking);
  await expect(refused).rejects.toThrow("先填金额");
  await expect(refused).rejects.toBeInstanceOf(ProblemError);
});
