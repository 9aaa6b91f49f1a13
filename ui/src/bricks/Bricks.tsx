import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { Brick } from "~/api/types";
import { Boundary } from "~/app/failed";
import { bricks } from "./registry";

/** Draws bricks one after the other. A broken one stops itself alone. */
export function Bricks({ layout }: { layout: Brick[] }) {
  return (
    <>
      {layout.map((brick, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a layout has no other identity, and does not reorder.
        <Boundary key={index}>
          <Suspense fallback={null}>
            <OneBrick brick={brick} />
          </Suspense>
        </Boundary>
      ))}
    </>
  );
}

function OneBrick({ brick }: { brick: Brick }) {
  const { t } = useTranslation();
  const Component = bricks[brick.brick];
  if (!Component) return <p role="alert">{t("brick.unknown", { name: brick.brick })}</p>;
  return <Component props={brick.props ?? {}} items={brick.children ?? []} />;
}
