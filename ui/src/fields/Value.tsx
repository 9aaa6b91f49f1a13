/** A value as it is looked at: words, a tag, a person, a link, a small bar. */
import { Tooltip } from "antd";
import { Paperclip } from "lucide-react";
import { Link } from "react-router";
import { address } from "~/api/client";
import { useRecord } from "~/api/queries";
import type { Field, Reference } from "~/api/types";
import { useLabel, useLanguage, useWording } from "~/app/words";
import { exactly } from "~/format/dates";
import { Avatar, Tag } from "~/signs/signs";
import { addressText, useDivisions } from "./divisions";
import styles from "./fields.module.css";
import {
  asReference,
  asReferences,
  choiceOf,
  fullText,
  isEmpty,
  shownType,
  targetOf,
  valueText,
} from "./values";

interface ValueProps {
  field: Field;
  value: unknown;
  /** In a row of a list: no links, so that a click chooses the cell. */
  inert?: boolean;
}

export function Value({ field, value, inert = false }: ValueProps) {
  const wording = useWording();
  if (isEmpty(value))
    return <span className={styles.empty}>{valueText(field, value, wording)}</span>;
  switch (shownType(field)) {
    case "select":
      return <ChoiceTag field={field} choice={value} />;
    case "multi_select":
      return (
        <span className={styles.tags}>
          {(value as unknown[]).map((key) => (
            <ChoiceTag key={String(key)} field={field} choice={key} />
          ))}
        </span>
      );
    case "user":
      return <Person reference={asReference(value)} />;
    case "reference":
    case "department":
      return (
        <ReferenceLink object={targetOf(field)} reference={asReference(value)} inert={inert} />
      );
    case "references":
      return (
        <span className={styles.tags}>
          {asReferences(value).map((item) => (
            <Tag key={item.id}>{item.title || item.id}</Tag>
          ))}
        </span>
      );
    case "percent":
      return <PercentBar text={valueText(field, value, wording)} fraction={Number(value)} />;
    case "email":
      return inert ? String(value) : <a href={`mailto:${value}`}>{String(value)}</a>;
    case "url":
      return inert ? String(value) : <SafeLink url={String(value)} />;
    case "phone":
      return (
        <PhoneNumber text={valueText(field, value, wording)} number={String(value)} inert={inert} />
      );
    case "long_text":
      return <span className={inert ? undefined : styles.long}>{String(value)}</span>;
    case "address":
      return <Place value={value} />;
    case "file":
      return <Files value={value} inert={inert} />;
    case "date":
    case "datetime":
    case "money":
      return (
        <Hovered shown={valueText(field, value, wording)} full={fullText(field, value, wording)} />
      );
    default:
      return <>{valueText(field, value, wording)}</>;
  }
}

function Hovered({ shown, full }: { shown: string; full: string }) {
  if (shown === full) return <>{shown}</>;
  return <span title={full}>{shown}</span>;
}

function ChoiceTag({ field, choice }: { field: Field; choice: unknown }) {
  const label = useLabel();
  const found = choiceOf(field, choice);
  return <Tag colour={found?.color}>{found ? label(found.label) : String(choice)}</Tag>;
}

function Person({ reference }: { reference: Reference | null }) {
  const title = useTitle("user", reference);
  return (
    <span className={styles.person}>
      <Avatar name={title} size={18} />
      {title}
    </span>
  );
}

/** The title of a record referred to, asked for where only its id came along. */
export function useTitle(object: string, reference: Reference | null): string {
  const known = reference?.title;
  const asked = useRecord(object, known || !reference ? null : reference.id).data;
  if (known) return known;
  const title = asked?.name ?? asked?.title ?? asked?.subject;
  return typeof title === "string" ? title : "";
}

function ReferenceLink({
  object,
  reference,
  inert,
}: {
  object: string;
  reference: Reference | null;
  inert: boolean;
}) {
  const title = useTitle(object, reference);
  if (!reference || inert || object === "department") return <>{title}</>;
  return <Link to={`/records/${object}/${reference.id}`}>{title || "\u2026"}</Link>;
}

function PercentBar({ text, fraction }: { text: string; fraction: number }) {
  const width = Math.max(0, Math.min(1, fraction)) * 100;
  return (
    <span className={styles.percent}>
      <span className={styles.track} aria-hidden>
        <span style={{ width: `${width}%` }} />
      </span>
      {text}
    </span>
  );
}

function PhoneNumber({ text, number, inert }: { text: string; number: string; inert: boolean }) {
  const masked = number.includes("*");
  return inert || masked ? text : <a href={`tel:${number}`}>{text}</a>;
}

/** Only web addresses become links: the text comes from people. */
function SafeLink({ url }: { url: string }) {
  if (!/^https?:\/\//i.test(url)) return <>{url}</>;
  return (
    <a href={url} target="_blank" rel="noreferrer noopener">
      {url.replace(/^https?:\/\//i, "")}
    </a>
  );
}

function Files({ value, inert }: { value: unknown; inert: boolean }) {
  const files = asReferences(value);
  if (inert) return <>{files.length}</>;
  return (
    <span className={styles.tags}>
      {files.map((file, index) => (
        <a key={file.id} href={address(`/files/${file.id}`)} className={styles.file}>
          <Paperclip size={14} aria-hidden /> {file.title || index + 1}
        </a>
      ))}
    </span>
  );
}

function Place({ value }: { value: unknown }) {
  const language = useLanguage();
  const text = addressText(value, useDivisions(), language);
  return <span title={text}>{text}</span>;
}

/** An instant in words, its exact time on hover. */
export function Time({ iso, text }: { iso: string; text: string }) {
  const { zone } = useWording();
  return (
    <Tooltip title={exactly(iso, zone)} mouseEnterDelay={0.4}>
      <time dateTime={iso}>{text}</time>
    </Tooltip>
  );
}
