import { useTranslation } from "react-i18next";
import { useObject } from "~/api/queries";
import type { MetricRequest } from "~/api/types";
import { useLanguage } from "~/app/words";
import { marks } from "./figures";
import { useMetric } from "./metrics";

/** The marks of a metric by one dimension, worded by the definition of its object. */
export function useMarks(request: MetricRequest | null, by: string) {
  const { t } = useTranslation();
  const language = useLanguage();
  const metric = useMetric(request);
  const object = useObject(metric.data?.rows.find((row) => row.drill)?.drill?.object).data;
  const found = metric.data ? marks(metric.data, by, object, language, t("list.groupEmpty")) : [];
  return { metric, marks: found };
}
