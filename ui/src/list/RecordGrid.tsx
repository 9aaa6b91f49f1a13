// biome-ignore-all lint/a11y/useSemanticElements: a table's own elements can't be laid out as a virtual grid.
// biome-ignore-all lint/a11y/useFocusableInteractive: one grid holds the focus and names its active cell.
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the grid that holds the focus handles the keys.
/**
 * Records as a grid: rows on a virtual scroll, one active cell that the keyboard moves, editors in
 * place. It knows columns, items and what to tell its owner, not where records come from, so that
 * the engine behind it can change.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { Checkbox } from "antd";
import { ArrowDown, ArrowUp, ChevronDown, ChevronRight, PanelRightOpen } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import type { Field, RecordData } from "~/api/types";
import { useLabel } from "~/app/words";
import { isEditable } from "~/fields/FieldEditor";
import { RecordValue } from "~/fields/RecordValue";
import type { SortKey } from "~/filters/filters";
import { CellEditor } from "./CellEditor";
import { type GridColumn, valueAt } from "./columns";
import styles from "./grid.module.css";
import { type Cell, moved } from "./moves";

/** A group's head: how many records, and what stands under the columns. */
export interface GroupItem {
  kind: "group";
  key: string;
  label: ReactNode;
  count: number;
  open: boolean;
  sums: Record<string, ReactNode>;
}

export type GridItem =
  | GroupItem
  | { kind: "record"; record: RecordData }
  | { kind: "waiting"; key: string }
  | { kind: "more"; key: string; label: string };

export interface RecordGridProps {
  label: string;
  columns: GridColumn[];
  items: GridItem[];
  sort: SortKey[];
  onSort: (column: string, add: boolean) => void;
  selected: ReadonlySet<string>;
  onSelect: (ids: ReadonlySet<string>) => void;
  /** The record in the panel. */
  openId: string | null;
  onOpen: (record: RecordData) => void;
  /** `record` as it stood when the edit began. */
  onEdit: (record: RecordData, column: GridColumn, value: unknown) => void;
  onToggleGroup: (key: string) => void;
  onMore: (key: string) => void;
  /** The end is in sight: more records are wanted. */
  onReachEnd: () => void;
  /** What stands below the last row. */
  foot?: ReactNode;
}

const ROW_PX = 36;
const CHECK_PX = 48;
/** So many rows before the end, the next block is asked for. */
const AHEAD = 30;

export function RecordGrid(props: RecordGridProps) {
  const { columns, items } = props;
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<Cell>({ row: 0, column: 0 });
  const [editing, setEditing] = useState(false);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    getItemKey: (index) => keyOf(items[index]) ?? index,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  const { onReachEnd } = props;
  useEffect(() => {
    if (last >= items.length - AHEAD) onReachEnd();
  }, [last, items.length, onReachEnd]);

  const width = CHECK_PX + columns.reduce((sum, column) => sum + column.width, 0);
  const tracks = [
    `${CHECK_PX}px`,
    ...columns.map((column) =>
      column.title ? `minmax(${column.width}px, 1.6fr)` : `minmax(${column.width}px, 1fr)`,
    ),
  ].join(" ");

  const focusGrid = () => grid.current?.focus({ preventScroll: true });
  const goTo = (cell: Cell) => {
    setAt(cell);
    rows.scrollToIndex(cell.row, { align: "auto" });
  };
  const endEdit = (step: number) => {
    setEditing(false);
    focusGrid();
    if (step) goTo(moved(at, step > 0 ? "Tab" : "ShiftTab", items, columns.length));
  };
  const startEdit = () => {
    const item = items[at.row];
    const column = columns[at.column];
    if (item?.kind === "record" && column && isCellEditable(column.field, item.record))
      setEditing(true);
  };
  // The editor has to hold the focus before this key's own input arrives, or its first character
  // (of a composition in Chinese, too) is lost.
  const typeOver = () => flushSync(startEdit);
  const handleKey = (event: KeyboardEvent) => {
    if (editing || event.target !== grid.current) return;
    if (startsTyping(event)) {
      typeOver();
      return;
    }
    const item = items[at.row];
    if (event.key === "Enter" || event.key === "F2") {
      if (item?.kind === "group") props.onToggleGroup(item.key);
      else if (item?.kind === "more") props.onMore(item.key);
      else startEdit();
    } else if (event.key === " ") {
      if (item?.kind === "record") props.onOpen(item.record);
      else if (item?.kind === "group") props.onToggleGroup(item.key);
    } else if (event.key === "x" && item?.kind === "record") {
      toggle(item.record.id);
    } else {
      const key = event.key === "Tab" ? "" : event.key;
      const next = moved(at, key, items, columns.length);
      if (next === at) return;
      goTo(next);
    }
    event.preventDefault();
  };
  const toggle = (id: string) => {
    const next = new Set(props.selected);
    if (!next.delete(id)) next.add(id);
    props.onSelect(next);
  };
  const ids = items.flatMap((item) => (item.kind === "record" ? [item.record.id] : []));
  const all = ids.length > 0 && ids.every((id) => props.selected.has(id));

  return (
    <div ref={scroller} className={styles.scroller}>
      <div
        ref={grid}
        role="grid"
        tabIndex={0}
        className={styles.grid}
        aria-label={props.label}
        aria-rowcount={items.length + 1}
        aria-colcount={columns.length + 1}
        aria-activedescendant={items.length > 0 ? cellId(at.row, at.column) : undefined}
        onKeyDown={handleKey}
      >
        <div role="rowgroup" className={styles.head} style={{ minWidth: width }}>
          <div
            role="row"
            aria-rowindex={1}
            className={styles.row}
            style={{ gridTemplateColumns: tracks }}
          >
            <div role="columnheader" className={styles.check}>
              <Checkbox
                aria-label={t("list.selectAll")}
                checked={all}
                indeterminate={!all && props.selected.size > 0}
                onChange={() => props.onSelect(all ? new Set() : new Set(ids))}
              />
            </div>
            {columns.map((column) => (
              <HeadCell key={column.name} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </div>
        </div>
        <div
          role="rowgroup"
          className={styles.body}
          style={{ height: rows.getTotalSize(), minWidth: width }}
        >
          {shown.map(({ index, start, key }) => {
            const item = items[index];
            if (!item) return null;
            const place = { transform: `translateY(${start}px)`, gridTemplateColumns: tracks };
            if (item.kind === "group") {
              return (
                <GroupRow
                  key={key}
                  item={item}
                  index={index}
                  place={place}
                  columns={columns}
                  active={at.row === index}
                  onToggle={() => props.onToggleGroup(item.key)}
                />
              );
            }
            if (item.kind === "waiting")
              return <WaitingRow key={key} place={place} columns={columns} />;
            if (item.kind === "more") {
              return (
                <div
                  key={key}
                  role="row"
                  aria-rowindex={index + 2}
                  className={`${styles.row} ${styles.more}`}
                  style={place}
                >
                  <div role="gridcell" id={cellId(index, at.column)} className={styles.moreCell}>
                    <button type="button" tabIndex={-1} onClick={() => props.onMore(item.key)}>
                      {item.label}
                    </button>
                  </div>
                </div>
              );
            }
            const { record } = item;
            const isSelected = props.selected.has(record.id);
            return (
              <div
                key={key}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={isSelected}
                className={`${styles.row} ${isSelected ? styles.selected : ""} ${record.id === props.openId ? styles.open : ""}`}
                style={place}
              >
                <div role="gridcell" className={styles.check}>
                  <Checkbox
                    aria-label={t("list.select")}
                    tabIndex={-1}
                    checked={isSelected}
                    onChange={() => toggle(record.id)}
                  />
                </div>
                {columns.map((column, columnIndex) => {
                  const active = at.row === index && at.column === columnIndex;
                  return (
                    <RecordCell
                      key={column.name}
                      id={cellId(index, columnIndex)}
                      index={columnIndex}
                      column={column}
                      record={record}
                      active={active}
                      editing={active && editing}
                      onChoose={() => {
                        if (active && editing) return;
                        // The keyboard goes on from where the mouse was.
                        focusGrid();
                        if (active && !column.title) startEdit();
                        setAt({ row: index, column: columnIndex });
                        if (!active) setEditing(false);
                      }}
                      onStartEdit={() => {
                        setAt({ row: index, column: columnIndex });
                        if (isCellEditable(column.field, record)) setEditing(true);
                      }}
                      onOpen={() => {
                        setAt({ row: index, column: columnIndex });
                        focusGrid();
                        props.onOpen(record);
                      }}
                      onEdit={(value, base) => props.onEdit(base, column, value)}
                      onEndEdit={endEdit}
                    />
                  );
                })}
              </div>
            );
          })}
        </div>
      </div>
      {props.foot}
    </div>
  );
}

/** The key that an input method is at work has this code, whatever the key. */
const COMPOSING_CODE = 229;

/** Whether a key is the first of a value: a digit, a sign, or an input method's. Letters are shortcuts. */
function startsTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  return event.nativeEvent.keyCode === COMPOSING_CODE || /^[\d.+-]$/.test(event.key);
}

/** Types that need more room than a cell has. */
const TOO_LARGE = new Set(["address", "file"]);

function isCellEditable(field: Field, record: RecordData): boolean {
  return isEditable(field, record) && !TOO_LARGE.has(field.type);
}

function cellId(row: number, column: number): string {
  return `cell-${row}-${column}`;
}

function keyOf(item: GridItem | undefined): string | undefined {
  if (!item) return undefined;
  return item.kind === "record" ? item.record.id : `${item.kind} ${item.key}`;
}

interface HeadCellProps {
  column: GridColumn;
  sort: SortKey[];
  onSort: (column: string, add: boolean) => void;
}

function HeadCell({ column, sort, onSort }: HeadCellProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const position = sort.findIndex((key) => key.field === column.name);
  const key = sort[position];
  const Arrow = key?.descending ? ArrowDown : ArrowUp;
  const text = label(column.field.label);
  return (
    <div
      role="columnheader"
      aria-sort={key ? (key.descending ? "descending" : "ascending") : undefined}
      className={`${styles.cell} ${column.right ? styles.right : ""} ${column.title ? styles.title : ""}`}
    >
      {column.sortable ? (
        <button
          type="button"
          title={t("list.sortBy", { field: text })}
          onClick={(event) => onSort(column.name, event.shiftKey)}
        >
          {text}
          {key && <Arrow size={13} strokeWidth={2} aria-hidden />}
          {key && sort.length > 1 && <sup>{position + 1}</sup>}
        </button>
      ) : (
        <span>{text}</span>
      )}
    </div>
  );
}

interface RecordCellProps {
  id: string;
  index: number;
  column: GridColumn;
  record: RecordData;
  active: boolean;
  editing: boolean;
  onChoose: () => void;
  onStartEdit: () => void;
  onOpen: () => void;
  onEdit: (value: unknown, base: RecordData) => void;
  onEndEdit: (step: number) => void;
}

function RecordCell({ id, index, column, record, active, editing, ...acts }: RecordCellProps) {
  const { t } = useTranslation();
  const value = valueAt(record, column.name);
  const classes = [
    styles.cell,
    column.right && styles.right,
    column.title && styles.title,
    active && styles.active,
    editing && styles.editing,
  ];
  return (
    <div
      role="gridcell"
      id={id}
      tabIndex={-1}
      aria-colindex={index + 2}
      className={classes.filter(Boolean).join(" ")}
      onClick={acts.onChoose}
      onDoubleClick={acts.onStartEdit}
    >
      {editing ? (
        <CellEditor
          field={column.field}
          record={record}
          value={value}
          onSave={acts.onEdit}
          onEnd={acts.onEndEdit}
        />
      ) : column.title ? (
        <>
          <button type="button" tabIndex={-1} className={styles.name} onClick={acts.onOpen}>
            {String(value ?? "") || t("record.unnamed")}
          </button>
          <button
            type="button"
            tabIndex={-1}
            className={styles.opener}
            aria-label={t("list.open")}
            onClick={acts.onOpen}
          >
            <PanelRightOpen size={14} strokeWidth={1.75} aria-hidden />
          </button>
        </>
      ) : (
        <span className={styles.value}>
          <RecordValue field={column.field} record={record} value={value} inert />
        </span>
      )}
    </div>
  );
}

type Place = { transform: string; gridTemplateColumns: string };

interface GroupRowProps {
  item: GroupItem;
  index: number;
  place: Place;
  columns: GridColumn[];
  active: boolean;
  onToggle: () => void;
}

function GroupRow({ item, index, place, columns, active, onToggle }: GroupRowProps) {
  const Chevron = item.open ? ChevronDown : ChevronRight;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-expanded={item.open}
      className={`${styles.row} ${styles.group} ${active ? styles.activeRow : ""}`}
      style={place}
      onClick={onToggle}
    >
      <div role="gridcell" className={styles.check}>
        <Chevron size={16} strokeWidth={1.75} aria-hidden />
      </div>
      {columns.map((column, columnIndex) => (
        <div
          key={column.name}
          role="gridcell"
          id={cellId(index, columnIndex)}
          className={`${styles.cell} ${column.right ? styles.right : ""} ${column.title ? styles.title : ""}`}
        >
          {column.title ? (
            <span className={styles.groupName}>
              {item.label}
              <small>{item.count}</small>
            </span>
          ) : (
            item.sums[column.name]
          )}
        </div>
      ))}
    </div>
  );
}

function WaitingRow({ place, columns }: { place: Place; columns: GridColumn[] }) {
  return (
    <div role="row" className={`${styles.row} ${styles.waiting}`} style={place} aria-hidden>
      <div className={styles.check} role="gridcell">
        <span style={{ width: 14 }} />
      </div>
      {columns.map((column) => (
        <div
          key={column.name}
          role="gridcell"
          className={`${styles.cell} ${column.right ? styles.right : ""}`}
        >
          <span style={{ width: column.title ? "70%" : "50%" }} />
        </div>
      ))}
    </div>
  );
}
