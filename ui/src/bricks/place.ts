/** What the bricks of a page stand in: the object, the record, and how much room there is. */
import { createContext, useContext } from "react";
import type { ObjectType, Page, RecordData } from "~/api/types";

export interface RecordPlace {
  object: ObjectType;
  record: RecordData;
  /** In a side panel, not on a page of its own. */
  panel: boolean;
}

export const RecordPlaceContext = createContext<RecordPlace | null>(null);

/** The record that the page is about. Raises when a brick of records stands elsewhere. */
export function useRecordPlace(): RecordPlace {
  const place = useContext(RecordPlaceContext);
  if (!place) throw new Error("this brick stands on pages of a record only");
  return place;
}

export const PageContext = createContext<Page | null>(null);

export function usePageDefinition(): Page | null {
  return useContext(PageContext);
}
