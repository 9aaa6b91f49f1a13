/** What the server's contract (version 1) says, as types. */

export type Language = "zh" | "en";

/** A text in the two languages of the product. */
export interface Label {
  zh: string;
  en?: string;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A record referred to, as references, users and departments read. */
export interface Reference {
  id: string;
  title: string;
}

/** A record as read: flat, with the rights of the asker beside the fields. */
export interface RecordData {
  id: string;
  version: number;
  _can?: string[];
  _masked?: string[];
  _errors?: Record<string, string>;
  [field: string]: unknown;
}

export type ChoiceColour = "grey" | "blue" | "green" | "amber" | "red" | "violet";

export interface Choice {
  key: string;
  label: Label;
  color?: ChoiceColour;
  hidden?: boolean;
}

export interface Transition {
  from?: string | null;
  to: string[];
  when?: string | null;
  message?: Label | null;
}

export type FieldRight = "masked" | "read" | "write";

/** A field as the asker may know it. What a type does not use is absent. */
export interface Field {
  id: string;
  name: string;
  type: string;
  label: Label;
  help?: Label | null;
  required?: boolean;
  read_only?: boolean;
  default?: string | null;
  right?: FieldRight;
  max_length?: number;
  pattern?: string | null;
  min?: string | number | null;
  max?: string | number | null;
  unit?: string | null;
  scale?: number;
  currency?: string;
  choices?: Choice[];
  transitions?: Transition[] | null;
  object?: string;
  min_rows?: number;
  max_rows?: number;
  max_files?: number;
  path?: string | null;
  result?: string;
  /** The operators that the server takes on it; absent where it does not say. */
  operators?: Operator[];
  sortable?: boolean;
}

export interface Column {
  field: string;
  width?: number | null;
}

export interface View {
  id: string;
  name: string;
  label: Label;
  object: string;
  layout?: "table" | "board" | "calendar";
  filter?: Group | null;
  sort?: string | null;
  columns?: Column[];
  group_by?: string | null;
}

/** What a button asks for before it runs an action. */
export interface ActionParameter {
  name: string;
  label?: Label;
  type: string;
  required?: boolean;
  object?: string;
  choices?: Choice[];
}

export interface Action {
  name: string;
  label: Label;
  parameters?: ActionParameter[] | JsonSchema | null;
}

export interface JsonSchema {
  properties?: Record<string, { type?: string; title?: string; format?: string }>;
  required?: string[];
}

/** An object's definition as the asker may know it. */
export interface ObjectType {
  id: string;
  name: string;
  label: Label;
  label_plural?: Label | null;
  icon?: string;
  title_field: string;
  line_of?: string | null;
  owned?: boolean;
  fields: Field[];
  views?: View[];
  acts?: string[];
  actions?: Action[];
}

export interface Brick {
  brick: string;
  props?: Record<string, unknown>;
  children?: Brick[];
}

export interface Page {
  id: string;
  name: string;
  label: Label;
  kind: "page" | "list" | "record" | "form";
  object?: string | null;
  icon?: string;
  layout: Brick[];
}

export interface Workspace {
  name: Label;
  currency: string;
  zone: string;
  sample: boolean;
  demo_people: { login: string; name: string; title: Label; password: string }[];
}

export interface MenuItem {
  page: string;
  label: Label;
  icon?: string | null;
}

export interface MenuApp {
  app: string;
  label: Label;
  icon?: string | null;
  items: MenuItem[];
}

export interface Me {
  user: {
    id: string;
    name: string;
    login: string;
    department: Reference | null;
    language?: string | null;
    roles: Reference[];
  };
  rights: string[];
  objects: Record<string, { acts: string[] }>;
  menu: MenuApp[];
}

export type Operator =
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "contains"
  | "doesNotContain"
  | "beginsWith"
  | "endsWith"
  | "in"
  | "notIn"
  | "between"
  | "null"
  | "notNull";

/** One condition: `value` is plain JSON, `{relative}` for dates or `{me: true}` for people. */
export interface Rule {
  field: string;
  operator: Operator;
  value?: Json;
}

export interface Group {
  combinator: "and" | "or";
  not?: boolean;
  rules: (Rule | Group)[];
}

export interface PageOf<Row> {
  data: Row[];
  page: { next: string | null; count: number | null };
}

export interface TimelineEntry {
  id: string | number;
  at: string;
  occurred_at?: string | null;
  actor?: Reference | null;
  via?: string;
  kind: string;
  version?: number;
  fields?: Record<string, { before: unknown; after: unknown }>;
  cause?: unknown;
}

export interface MetricRequest {
  name: string;
  group_by?: string[];
  filter?: Group;
}

export interface MetricRow {
  value: string | null;
  dimension?: Record<string, unknown>;
  drill?: { object: string; filter?: Group | null } | null;
}

export interface MetricAnswer {
  label: Label | string;
  unit: "count" | "seconds" | "CNY" | "ratio" | string;
  rows: MetricRow[];
  at: string;
}

/** One change as the stream tells it: the values are fetched, not sent. */
export interface ChangeEvent {
  object: string;
  id: string;
  version: number;
  kind: string;
  fields?: unknown;
}

export interface FieldProblem {
  field?: string | null;
  code: string;
  message: string;
  index?: number;
}

export interface Warning {
  rule: string;
  message: string;
  token: string;
}

/** RFC 9457, with the members that the contract adds. */
export interface Problem {
  type?: string;
  title?: string;
  status: number;
  detail?: string;
  code: string;
  hint?: string;
  errors?: FieldProblem[];
  warnings?: Warning[];
  current?: RecordData;
  trace_id?: string;
}
