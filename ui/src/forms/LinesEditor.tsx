import { Button } from "antd";
import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useObject } from "~/api/queries";
import type { Field } from "~/api/types";
import { useLabel, useWording } from "~/app/words";
import { check } from "~/fields/check";
import { FieldEditor, isWritable } from "~/fields/FieldEditor";
import { Value } from "~/fields/Value";
import { isNumber, valueText } from "~/fields/values";
import { IconButton } from "~/signs/signs";
import type { Line } from "./draft";
import { useForm } from "./form";
import styles from "./lines.module.css";
import { columnSum } from "./sums";

interface LinesEditorProps {
  field: Field;
  /** Names of the columns; all of the line's fields where none is named. */
  columns: string[];
}

/** The lines of a record as a table that is typed into, with its sums. */
export function LinesEditor({ field, columns: names }: LinesEditorProps) {
  const form = useForm();
  const { t } = useTranslation();
  const label = useLabel();
  const object = useObject(field.object).data;
  if (!object) return null;
  const all = object.fields.filter((column) => !column.id.startsWith("_"));
  const columns =
    names.length > 0
      ? names.flatMap((name) => all.find((column) => column.name === name) ?? [])
      : all;
  const lines = form.lines[field.name] ?? [];
  const problem = form.problemOf(field);
  const set = (next: Line[]) => form.setLines(field.name, next);
  const change = (key: string, name: string, value: unknown) =>
    set(
      lines.map((line) =>
        line.key === key ? { ...line, values: { ...line.values, [name]: value } } : line,
      ),
    );
  return (
    <section className={styles.box} aria-label={label(field.label)}>
      <h2 id={`field-${field.name}`} tabIndex={-1}>
        {label(field.label)} <span>{lines.length}</span>
      </h2>
      <div className={styles.scroll}>
        <table className={`${styles.table} ${styles.edit}`}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th
                  key={column.name}
                  scope="col"
                  className={isNumber(column) ? styles.right : undefined}
                >
                  {label(column.label)}
                  {column.required && " *"}
                </th>
              ))}
              <th>
                <span className="visually-hidden">{t("action.delete")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.key}>
                {columns.map((column) => (
                  <LineCell
                    key={column.name}
                    column={column}
                    line={line}
                    onChange={(value) => change(line.key, column.name, value)}
                  />
                ))}
                <td className={styles.act}>
                  <IconButton
                    icon={X}
                    size={14}
                    name={t("lines.remove")}
                    onClick={() => set(lines.filter((one) => one.key !== line.key))}
                  />
                </td>
              </tr>
            ))}
          </tbody>
          {lines.length > 1 && <Sums columns={columns} lines={lines} />}
        </table>
      </div>
      {problem && <p className={styles.problem}>{problem}</p>}
      <Button
        className={styles.add}
        type="text"
        size="small"
        icon={<Plus size={14} aria-hidden />}
        disabled={lines.length >= (field.max_rows ?? 500)}
        onClick={() => set([...lines, { key: crypto.randomUUID(), values: {} }])}
      >
        {t("lines.add")}
      </Button>
    </section>
  );
}

interface LineCellProps {
  column: Field;
  line: Line;
  onChange: (value: unknown) => void;
}

function LineCell({ column, line, onChange }: LineCellProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const value = line.values[column.name];
  const right = isNumber(column) ? styles.right : undefined;
  if (!isWritable(column)) {
    return (
      <td className={`${styles.computed} ${right ?? ""}`}>
        <Value field={column} value={value} inert />
      </td>
    );
  }
  const problem = column.name in line.values ? check(column, value) : null;
  return (
    <td className={column.type === "reference" ? styles.wide : right}>
      <FieldEditor
        field={column}
        value={value}
        name={label(column.label)}
        invalid={problem !== null}
        onChange={onChange}
      />
      {problem && (
        <p className={styles.problem}>{t(`check.${problem.code}`, problem.values ?? {})}</p>
      )}
    </td>
  );
}

function Sums({ columns, lines }: { columns: Field[]; lines: Line[] }) {
  const { t } = useTranslation();
  const wording = useWording();
  return (
    <tfoot>
      <tr>
        {columns.map((column, index) => {
          const sum = columnSum(column, lines);
          return (
            <td key={column.name} className={isNumber(column) ? styles.right : undefined}>
              {index === 0 ? t("lines.sum") : sum === null ? "" : valueText(column, sum, wording)}
            </td>
          );
        })}
        <td />
      </tr>
    </tfoot>
  );
}
