import { useParams } from "react-router";
import { usePage } from "~/api/queries";
import { Failed } from "~/app/failed";
import { Bricks } from "~/bricks/Bricks";
import { PageContext } from "~/bricks/place";

export default function ListPage() {
  const { object = "" } = useParams();
  const page = usePage(`${object}.list`, {
    id: object,
    name: `${object}.list`,
    label: { zh: "" },
    kind: "list",
    object,
    layout: [{ brick: "list", props: { object } }],
  });
  if (page.error) return <Failed error={page.error} onRetry={() => void page.refetch()} />;
  if (!page.data) return null;
  return (
    <PageContext key={object} value={page.data}>
      <Bricks layout={page.data.layout} />
    </PageContext>
  );
}
