import { Navigate, useLocation, useParams } from "react-router";
import { usePage } from "~/api/queries";
import type { Page } from "~/api/types";
import { Failed } from "~/app/failed";
import { Bricks } from "~/bricks/Bricks";
import { PageContext } from "~/bricks/place";
import { listedObject, pathOf } from "~/shell/menu";
import { Board } from "./Board";

/** Bricks that are a whole page by themselves, head and all. */
const WHOLE_PAGE = new Set(["list", "tasks", "imports", "people", "sources"]);

export default function NamedPage() {
  const { name = "" } = useParams();
  const { search } = useLocation();
  const page = usePage(name, standard(name));
  // A list has one address, by its object, whatever leads to it.
  if (listedObject(name)) return <Navigate to={pathOf(name) + search} replace />;
  if (page.error) return <Failed error={page.error} onRetry={() => void page.refetch()} />;
  if (!page.data) return null;
  const whole = page.data.layout.some((brick) => WHOLE_PAGE.has(brick.brick));
  return (
    <PageContext key={name} value={page.data}>
      {whole ? <Bricks layout={page.data.layout} /> : <Board page={page.data} />}
    </PageContext>
  );
}

/** The page of a whole-page brick where no package defines one. */
function standard(name: string): Page | undefined {
  if (!WHOLE_PAGE.has(name) || name === "list") return undefined;
  return { id: name, name, label: { zh: "", en: "" }, kind: "page", layout: [{ brick: name }] };
}
