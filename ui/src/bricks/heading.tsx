import { useLabel } from "~/app/words";
import { labelProp } from "./props";
import type { BrickProps } from "./registry";

export default function Heading({ props }: BrickProps) {
  const label = useLabel();
  return (
    <h2 style={{ padding: "4px 2px 0", fontSize: 14, fontWeight: 600 }}>
      {label(labelProp(props.text ?? props.label))}
    </h2>
  );
}
