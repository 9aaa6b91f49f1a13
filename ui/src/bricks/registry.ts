/** The bricks that pages are made of: one file each, one line here, loaded when a page has one. */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { Brick } from "~/api/types";

export interface BrickProps {
  props: Record<string, unknown>;
  items: Brick[];
}

type Loaded = LazyExoticComponent<ComponentType<BrickProps>>;

export const bricks: Readonly<Record<string, Loaded>> = {
  columns: lazy(() => import("./columns")),
  facts: lazy(() => import("./facts")),
  form: lazy(() => import("./form")),
  heading: lazy(() => import("./heading")),
  list: lazy(() => import("./list")),
  "record-header": lazy(() => import("./record-header")),
  related: lazy(() => import("./related")),
  "stage-bar": lazy(() => import("./stage-bar")),
  tabs: lazy(() => import("./tabs")),
  timeline: lazy(() => import("./timeline")),
};
