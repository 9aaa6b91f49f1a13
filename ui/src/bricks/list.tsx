import { Button } from "antd";
import { FileInput, Plus, Search, Share2, X } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { useObject, useObjects } from "~/api/queries";
import type { ChangeEvent, Column, Field, ObjectType, RecordData, View } from "~/api/types";
import { Failed } from "~/app/failed";
import { usePhone, useSlow } from "~/app/screen";
import { showToast } from "~/app/undo";
import { useLabel, useWording } from "~/app/words";
import { allFields, findField } from "~/fields/find";
import { useSettled } from "~/fields/RecordPicker";
import { Value } from "~/fields/Value";
import { choiceOf, valueText } from "~/fields/values";
import { FilterChips } from "~/filters/FilterChips";
import {
  EVERYTHING,
  fieldsOf,
  isEverything,
  parseSort,
  sortedBy,
  writeSort,
} from "~/filters/filters";
import * as address from "~/list/address";
import { CardList } from "~/list/CardList";
import { ColumnsMenu } from "~/list/ColumnsMenu";
import { fieldAt, objectsOnTheWay, useGridColumns } from "~/list/columns";
import { EmptyList } from "~/list/EmptyList";
import { GroupMenu } from "~/list/GroupMenu";
import { ListFoot } from "~/list/ListFoot";
import styles from "~/list/list.module.css";
import { type GridItem, RecordGrid } from "~/list/RecordGrid";
import { SelectionBar } from "~/list/SelectionBar";
import { SidePanel } from "~/list/SidePanel";
import { SortMenu } from "~/list/SortMenu";
import {
  isGroupable,
  type ListGroup,
  sumColumns,
  useFlatList,
  useGroupedList,
} from "~/list/useListData";
import { ViewTabs } from "~/list/ViewTabs";
import { useChanges } from "~/live/live";
import { useSaveField } from "~/records/editing";
import { copyAddress } from "~/records/RecordMenu";
import { Dot, IconButton } from "~/signs/signs";
import { textProp, textsProp } from "./props";
import type { BrickProps } from "./registry";

const SKELETON_ROWS = 12;

/** The records of an object: views, conditions, order, a grid to work in, a record beside it. */
export default function ListBrick({ props }: BrickProps) {
  const name = textProp(props.object) ?? "";
  const object = useObject(name);
  if (object.error) return <Failed error={object.error} onRetry={() => void object.refetch()} />;
  if (!object.data) return null;
  return <ObjectList key={name} object={object.data} names={textsProp(props.views)} />;
}

function ObjectList({ object, names }: { object: ObjectType; names: string[] }) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const views = useMemo(() => offeredViews(object, names), [object, names]);
  const [state, setState] = useListState();
  const view = address.chosenView(views, state);
  const { filter, sort } = address.inForce(view, state);
  const q = useSettled(state.q, 200);
  const [columns, setColumns] = useShownColumns(object, view);
  const gridColumns = useGridColumns(object, columns);
  const [groupName, setGroupName] = useState<{ view: string; by: string | null } | null>(null);
  const by = phone
    ? undefined
    : groupField(object, groupName?.view === view?.name ? groupName?.by : view?.group_by);
  const wanted = { object, filter, sort, q, columns: gridColumns };
  const flat = useFlatList(wanted, !by || q !== "");
  const grouped = useGroupedList(wanted, by, Boolean(by) && q === "");
  const inGroups = Boolean(by) && q === "";
  const records = inGroups ? grouped.groups.flatMap((group) => group.records) : flat.records;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const news = useNews(object.name, () => void flat.list.refetch());
  const others = useObjects(objectsOnTheWay(object, fieldsOf(filter)));
  const error = inGroups ? grouped.answer.error : flat.list.error;
  const waiting = inGroups ? grouped.answer.isPending : flat.list.isPending;
  const slow = useSlow(waiting);
  const empty = !waiting && records.length === 0 && (!inGroups || grouped.groups.length === 0);
  const sortKeys = parseSort(sort);
  const openRecord = (record: RecordData) => setState({ ...state, record: record.id });
  const changeSort = (keys: ReturnType<typeof parseSort>) =>
    setState({ ...state, sort: writeSort(keys) });

  return (
    <div className={styles.page}>
      <ListHead
        object={object}
        views={views}
        view={view}
        onView={(next) =>
          setState({ ...address.readState(new URLSearchParams()), view: next.name })
        }
      />
      <div className={styles.main}>
        <div className={styles.list}>
          <div className={styles.filters}>
            <FilterChips
              filter={filter}
              fields={allFields(object).filter((field) => field.type !== "lines")}
              fieldAt={(path) => fieldAt(object, others, path)}
              onChange={(next) =>
                setState({
                  ...state,
                  filter: isEverything(next) && isEverything(view?.filter) ? null : next,
                })
              }
            />
            {address.isChanged(view, state) && (
              <Button
                type="text"
                size="small"
                onClick={() => setState({ ...state, filter: null, sort: null })}
              >
                {t("list.reset")}
              </Button>
            )}
          </div>
          <div className={styles.tools}>
            {selected.size > 0 ? (
              <SelectionBar
                object={object}
                selected={selected}
                onClear={() => setSelected(new Set())}
              />
            ) : (
              <>
                {!phone && (
                  <GroupMenu
                    fields={allFields(object).filter(isGroupable)}
                    by={by}
                    onChange={(next) => setGroupName({ view: view?.name ?? "", by: next })}
                  />
                )}
                <SortMenu columns={gridColumns} sort={sortKeys} onChange={changeSort} />
                {!phone && (
                  <ColumnsMenu
                    fields={allFields(object)}
                    columns={columns}
                    titleField={object.title_field}
                    onChange={setColumns}
                  />
                )}
                <span className={styles.spread} />
                {news.count > 0 && (
                  <Button type="text" size="small" onClick={news.show}>
                    {t("list.news", { count: news.count })}
                  </Button>
                )}
                <ListSearch
                  value={state.q}
                  onChange={(next) => setState({ ...state, q: next }, true)}
                />
              </>
            )}
          </div>
          {error ? (
            <Failed
              error={error}
              onRetry={() => void (inGroups ? grouped.answer.refetch() : flat.list.refetch())}
            />
          ) : empty ? (
            <EmptyList
              object={object}
              filtered={!isEverything(filter) || q !== ""}
              onClear={() => setState({ ...state, filter: EVERYTHING, q: "" })}
            />
          ) : phone ? (
            <CardList
              object={object}
              columns={gridColumns}
              records={records}
              onReachEnd={flat.reachEnd}
            />
          ) : (
            <Grid
              object={object}
              columns={gridColumns}
              items={
                waiting
                  ? skeleton(slow)
                  : inGroups && by
                    ? groupItems(grouped.groups, by, grouped.moreLabel, <GroupName by={by} />)
                    : recordItems(records, flat.list.hasNextPage)
              }
              by={by}
              groups={inGroups ? grouped.groups : []}
              sort={sortKeys}
              onSort={(column, add) => changeSort(sortedBy(sortKeys, column, add))}
              selected={selected}
              onSelect={setSelected}
              openId={state.record}
              onOpen={openRecord}
              onToggleGroup={grouped.toggle}
              onMore={grouped.more}
              onReachEnd={inGroups ? noop : flat.reachEnd}
              name={label(object.label_plural ?? object.label)}
            />
          )}
          {!phone && !empty && (
            <ListFoot object={object} filter={filter} columns={gridColumns} searching={q !== ""} />
          )}
        </div>
        {state.record && !phone && (
          <SidePanel
            object={object}
            id={state.record}
            records={records}
            onGo={(id) => setState({ ...state, record: id }, true)}
            onClose={() => setState({ ...state, record: null }, true)}
          />
        )}
      </div>
    </div>
  );
}

function noop(): void {}

type Update = (next: address.ListState, replace?: boolean) => void;

function useListState(): [address.ListState, Update] {
  const [search, setSearch] = useSearchParams();
  const state = useMemo(() => address.readState(search), [search]);
  const update = useCallback<Update>(
    (next, replace = false) => setSearch(address.writeState(next), { replace }),
    [setSearch],
  );
  return [state, update];
}

function offeredViews(object: ObjectType, names: string[]): View[] {
  const tables = (object.views ?? []).filter((view) => (view.layout ?? "table") === "table");
  if (names.length === 0) return tables;
  return names.flatMap((name) => tables.find((view) => view.name === name) ?? []);
}

const DEFAULT_COLUMNS = 7;

/** The columns of a view, or as changed in this browser. */
function useShownColumns(
  object: ObjectType,
  view: View | null,
): [Column[], (columns: Column[]) => void] {
  const stored = `sanhuan.columns.${object.name}.${view?.name ?? ""}`;
  const [changed, setChanged] = useState<Record<string, Column[]>>({});
  const columns = useMemo(() => {
    const own = changed[stored] ?? storedColumns(stored);
    if (own)
      return own.filter((column) => column.field.includes(".") || findField(object, column.field));
    if (view?.columns && view.columns.length > 0) return view.columns;
    return allFields(object)
      .filter((field) => field.type !== "lines")
      .slice(0, DEFAULT_COLUMNS)
      .map((field) => ({ field: field.name }));
  }, [changed, stored, object, view]);
  const change = (next: Column[]) => {
    localStorage.setItem(stored, JSON.stringify(next));
    setChanged((before) => ({ ...before, [stored]: next }));
  };
  return [columns, change];
}

function storedColumns(key: string): Column[] | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    return Array.isArray(stored) ? (stored as Column[]) : null;
  } catch {
    return null;
  }
}

function groupField(object: ObjectType, name: string | null | undefined): Field | undefined {
  const field = name ? findField(object, name) : undefined;
  return field && isGroupable(field) ? field : undefined;
}

/** Records made by others since the list was asked for; shown when one wants them. */
function useNews(object: string, refetch: () => void): { count: number; show: () => void } {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const listen = useCallback(
    (events: ChangeEvent[]) => {
      const made = events.filter((event) => event.object === object && event.kind === "create");
      if (made.length > 0)
        setIds((before) => new Set([...before, ...made.map((event) => event.id)]));
    },
    [object],
  );
  useChanges(listen);
  const show = () => {
    setIds(new Set());
    refetch();
  };
  return { count: ids.size, show };
}

interface ListHeadProps {
  object: ObjectType;
  views: View[];
  view: View | null;
  onView: (view: View) => void;
}

function ListHead({ object, views, view, onView }: ListHeadProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const phone = usePhone();
  const share = async () => {
    await copyAddress(window.location.pathname + window.location.search);
    showToast({ tone: "done", text: t("toast.copied") });
  };
  return (
    <header className={styles.head}>
      <h1>{label(object.label_plural ?? object.label)}</h1>
      <ViewTabs object={object.name} views={views} chosen={view} onChoose={onView} />
      {!phone && (
        <span className={styles.acts}>
          <IconButton icon={Share2} name={t("list.share")} onClick={() => void share()} />
          {object.acts?.includes("import") && (
            <IconButton
              icon={FileInput}
              name={t("list.import")}
              onClick={() => void navigate(`/pages/imports?object=${object.name}`)}
            />
          )}
          {object.acts?.includes("create") && (
            <Button
              type="primary"
              icon={<Plus size={16} strokeWidth={2} aria-hidden />}
              onClick={() => void navigate(`/records/${object.name}/new`)}
            >
              {t("action.createOne", { object: label(object.label) })}
            </Button>
          )}
        </span>
      )}
    </header>
  );
}

function ListSearch({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(value !== "");
  if (!open)
    return <IconButton icon={Search} name={t("list.search")} onClick={() => setOpen(true)} />;
  return (
    <span className={styles.search}>
      <Search size={14} strokeWidth={1.75} aria-hidden />
      <input
        type="search"
        // biome-ignore lint/a11y/noAutofocus: it opens to be typed into.
        autoFocus
        aria-label={t("list.search")}
        placeholder={t("list.search")}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          onChange("");
          setOpen(false);
        }}
        onBlur={() => value === "" && setOpen(false)}
      />
      {value && (
        <button type="button" aria-label={t("list.searchClear")} onClick={() => onChange("")}>
          <X size={12} aria-hidden />
        </button>
      )}
    </span>
  );
}

type GridProps = Omit<React.ComponentProps<typeof RecordGrid>, "label" | "onEdit" | "foot"> & {
  object: ObjectType;
  by: Field | undefined;
  groups: ListGroup[];
  name: string;
};

function Grid({ object, by, groups, name, ...props }: GridProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const wording = useWording();
  const save = useSaveField(object);
  const sums = sumColumns(props.columns);
  const items = props.items.map((item): GridItem => {
    if (item.kind !== "group" || !by) return item;
    const group = groups.find((one) => one.key === item.key);
    if (!group) return item;
    return {
      ...item,
      label: <GroupName by={by} value={group.value} />,
      sums: Object.fromEntries(
        sums.map((column) => [
          column.name,
          valueText(column.field, group.sums[column.name], wording),
        ]),
      ),
    };
  });
  const createPath = `/records/${object.name}/new`;
  return (
    <RecordGrid
      {...props}
      items={items}
      label={name}
      onEdit={(record, column, value) => void save(record, column.field, value)}
      foot={
        object.acts?.includes("create") && !props.items.some((item) => item.kind === "waiting") ? (
          <button
            type="button"
            className={styles.newRow}
            tabIndex={-1}
            onClick={() => void navigate(createPath)}
          >
            <Plus size={16} strokeWidth={1.75} aria-hidden />
            {t("action.createOne", { object: label(object.label) })}
          </button>
        ) : null
      }
    />
  );
}

function GroupName({ by, value }: { by: Field; value?: unknown }) {
  const { t } = useTranslation();
  const label = useLabel();
  if (value === null || value === undefined || value === "") return <>{t("list.groupEmpty")}</>;
  const choice = choiceOf(by, value);
  if (choice) {
    return (
      <>
        <Dot colour={choice.color} /> {label(choice.label)}
      </>
    );
  }
  return <Value field={by} value={value} inert />;
}

function skeleton(slow: boolean): GridItem[] {
  if (!slow) return [];
  return Array.from({ length: SKELETON_ROWS }, (_, index) => ({
    kind: "waiting",
    key: String(index),
  }));
}

function recordItems(records: RecordData[], more: boolean): GridItem[] {
  const items: GridItem[] = records.map((record) => ({ kind: "record", record }));
  return more ? [...items, { kind: "waiting", key: "next" }] : items;
}

function groupItems(
  groups: ListGroup[],
  _by: Field,
  moreLabel: (rest: number) => string,
  name: React.ReactNode,
): GridItem[] {
  return groups.flatMap((group) => [
    {
      kind: "group" as const,
      key: group.key,
      label: name,
      count: group.count,
      open: group.open,
      sums: {},
    },
    ...group.records.map((record) => ({ kind: "record" as const, record })),
    ...(group.waiting ? [{ kind: "waiting" as const, key: group.key }] : []),
    ...(group.rest > 0
      ? [{ kind: "more" as const, key: group.key, label: moreLabel(group.rest) }]
      : []),
  ]);
}
