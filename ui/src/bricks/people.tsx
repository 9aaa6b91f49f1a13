import { useQuery } from "@tanstack/react-query";
import { Button, Drawer, Input } from "antd";
import { Copy, KeyRound, UserPlus } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type ProblemError, post } from "~/api/client";
import { useList, useMe, useObject } from "~/api/queries";
import type { Field, ObjectType, RecordData, Reference } from "~/api/types";
import { Failed } from "~/app/failed";
import { usePhone, useSlow } from "~/app/screen";
import { showToast } from "~/app/undo";
import { useLabel, useWording } from "~/app/words";
import { findField } from "~/fields/find";
import { RecordPicker, useSettled } from "~/fields/RecordPicker";
import { Time, Value } from "~/fields/Value";
import { when } from "~/format/dates";
import styles from "~/people/people.module.css";
import { EditableValue } from "~/records/EditableValue";
import { reasonOf } from "~/records/editing";
import { RecordSkeleton } from "~/records/RecordSkeleton";
import { Avatar, IconButton, Tag } from "~/signs/signs";
import { usePageDefinition } from "./place";

const SHOWN = ["title", "department", "roles", "active"];

/** Colleagues, their roles, and the way to invite one. */
export default function People() {
  const { t } = useTranslation();
  const label = useLabel();
  const page = usePageDefinition();
  const me = useMe().data;
  const [typed, setTyped] = useState("");
  const [inviting, setInviting] = useState(false);
  const [linked, setLinked] = useState<RecordData | null>(null);
  const manages = me?.rights.includes("manage_people") ?? false;
  const q = useSettled(typed, 200);
  const object = useObject("user");
  const columns = SHOWN.flatMap((name) => (object.data && findField(object.data, name)) ?? []);
  const fields = ["name", "login", ...columns.map((field) => field.name)];
  const list = useList("user", { sort: "name", fields, q }, Boolean(object.data));
  const slow = useSlow(list.isPending);
  const people = list.data?.pages.flatMap((part) => part.data) ?? [];
  const error = object.error ?? list.error;
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{label(page?.label) || t("people.title")}</h1>
        <Input
          className={styles.search}
          aria-label={t("people.search")}
          placeholder={t("people.search")}
          value={typed}
          allowClear
          onChange={(event) => setTyped(event.target.value)}
        />
        <span className={styles.spread} />
        {manages && (
          <Button
            type="primary"
            icon={<UserPlus size={16} strokeWidth={2} aria-hidden />}
            onClick={() => setInviting(true)}
          >
            {t("people.invite")}
          </Button>
        )}
      </header>
      {error && <Failed error={error} onRetry={() => void list.refetch()} />}
      {list.isPending && slow && <RecordSkeleton />}
      {object.data && people.length > 0 && (
        <PeopleTable
          object={object.data}
          columns={columns}
          people={people}
          onLink={manages ? setLinked : undefined}
        />
      )}
      {list.hasNextPage && (
        <Button
          type="text"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {t("people.more")}
        </Button>
      )}
      <SideDrawer title={t("people.invite")} open={inviting} onClose={() => setInviting(false)}>
        <InviteForm />
      </SideDrawer>
      <SideDrawer
        title={t("people.newLink")}
        open={linked !== null}
        onClose={() => setLinked(null)}
      >
        {linked && <NewLink key={linked.id} person={linked} />}
      </SideDrawer>
    </div>
  );
}

interface PeopleTableProps {
  object: ObjectType;
  columns: Field[];
  people: RecordData[];
  /** Asks for a new link for a person; absent for those who may not. */
  onLink: ((person: RecordData) => void) | undefined;
}

function PeopleTable({ object, columns, people, onLink }: PeopleTableProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  if (phone) return <PeopleCards people={people} columns={columns} />;
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t("people.name")}</th>
            {columns.map((field) => (
              <th key={field.name} scope="col">
                {label(field.label)}
              </th>
            ))}
            {onLink && (
              <th scope="col">
                <span className="visually-hidden">{t("people.newLink")}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {people.map((person) => (
            <tr key={person.id} className={person.active === false ? styles.gone : undefined}>
              <td>
                <PersonName person={person} />
              </td>
              {columns.map((field) => (
                <td key={field.name}>
                  <EditableValue object={object} record={person} field={field} />
                </td>
              ))}
              {onLink && (
                <td className={styles.acts}>
                  <IconButton
                    icon={KeyRound}
                    size={14}
                    name={t("people.newLinkFor", { name: String(person.name ?? "") })}
                    onClick={() => onLink(person)}
                  />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function PersonName({ person }: { person: RecordData }) {
  const name = String(person.name ?? "");
  return (
    <span className={styles.person}>
      <Avatar name={name} size={28} />
      <span>
        <Link to={`/records/user/${person.id}`}>{name}</Link>
        <small>{String(person.login ?? "")}</small>
      </span>
    </span>
  );
}

function PeopleCards({ people, columns }: { people: RecordData[]; columns: Field[] }) {
  const { t } = useTranslation();
  const shown = columns.filter((field) => field.name === "title" || field.name === "department");
  return (
    <ul className={styles.cards}>
      {people.map((person) => (
        <li key={person.id}>
          <PersonName person={person} />
          <span className={styles.facts}>
            {shown.map((field) => (
              <span key={field.name}>
                <Value field={field} value={person[field.name]} inert />
              </span>
            ))}
            {person.active === false && <Tag>{t("people.inactive")}</Tag>}
          </span>
        </li>
      ))}
    </ul>
  );
}

interface Invited {
  link: string;
  expires_at: string;
}

interface SideDrawerProps {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
}

function SideDrawer({ title, open, onClose, children }: SideDrawerProps) {
  const phone = usePhone();
  return (
    <Drawer
      title={title}
      open={open}
      onClose={onClose}
      placement={phone ? "bottom" : "right"}
      size={phone ? "88%" : 436}
      destroyOnHidden
    >
      {children}
    </Drawer>
  );
}

/** A link for someone who is here already, such as one who forgot the password. */
function NewLink({ person }: { person: RecordData }) {
  const { t } = useTranslation();
  const made = useQuery<Invited, ProblemError>({
    queryKey: ["invite-again", person.id],
    queryFn: () => post<Invited>(`/people/${person.id}/invitations`),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  if (made.error)
    return <p className={styles.problem}>{reasonOf(made.error, t("error.offline"))}</p>;
  return made.data ? <InvitationLink name={String(person.name ?? "")} invited={made.data} /> : null;
}

function InviteForm() {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [login, setLogin] = useState("");
  const [email, setEmail] = useState("");
  const [department, setDepartment] = useState<Reference[]>([]);
  const [roles, setRoles] = useState<Reference[]>([]);
  const [problem, setProblem] = useState("");
  const [sending, setSending] = useState(false);
  const [invited, setInvited] = useState<Invited | null>(null);
  const ready = name.trim() && login.trim() && roles.length > 0;

  const handleSubmit = async (event: FormEvent) => {
    event.preventDefault();
    setSending(true);
    setProblem("");
    try {
      const body = {
        name: name.trim(),
        login: login.trim(),
        ...(email.trim() && { email: email.trim() }),
        ...(department[0] && { department: department[0].id }),
        roles: roles.map((role) => role.id),
      };
      setInvited(
        await post<Invited>("/people/invitations", body, { idempotencyKey: crypto.randomUUID() }),
      );
    } catch (error) {
      setProblem(reasonOf(error, t("error.offline")));
    } finally {
      setSending(false);
    }
  };
  if (invited) return <InvitationLink name={name} invited={invited} />;
  return (
    <form className={styles.form} onSubmit={(event) => void handleSubmit(event)}>
      <label htmlFor="invite-name">{t("people.name")}</label>
      <Input
        id="invite-name"
        autoFocus
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <label htmlFor="invite-login">{t("people.login")}</label>
      <Input id="invite-login" value={login} onChange={(event) => setLogin(event.target.value)} />
      <label htmlFor="invite-email">{t("people.email")}</label>
      <Input
        id="invite-email"
        inputMode="email"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
      />
      <label htmlFor="invite-department">{t("people.department")}</label>
      <RecordPicker
        id="invite-department"
        object="department"
        value={department}
        onChange={setDepartment}
      />
      <label htmlFor="invite-roles">{t("people.roles")}</label>
      <RecordPicker id="invite-roles" object="role" multiple value={roles} onChange={setRoles} />
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      <Button type="primary" htmlType="submit" block loading={sending} disabled={!ready}>
        {t("people.makeLink")}
      </Button>
      <p className={styles.hint}>{t("people.linkHint")}</p>
    </form>
  );
}

function InvitationLink({ name, invited }: { name: string; invited: Invited }) {
  const { t } = useTranslation();
  const wording = useWording();
  const copy = async () => {
    await navigator.clipboard.writeText(invited.link);
    showToast({ tone: "done", text: t("toast.copied") });
  };
  return (
    <div className={styles.form}>
      <p>{t("people.linkReady", { name })}</p>
      <div className={styles.link}>
        <Input
          aria-label={t("people.link")}
          readOnly
          value={invited.link}
          onFocus={(event) => event.target.select()}
        />
        <Button type="primary" icon={<Copy size={14} aria-hidden />} onClick={() => void copy()}>
          {t("people.copy")}
        </Button>
      </div>
      <p className={styles.hint}>
        {t("people.until")}{" "}
        <Time iso={invited.expires_at} text={when(invited.expires_at, wording)} />
      </p>
    </div>
  );
}
