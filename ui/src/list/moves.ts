/** Where a key moves the active cell of a grid. Pure. */

export interface Cell {
  row: number;
  column: number;
}

const PAGE_ROWS = 15;

/** The cell after `key`; the same object where the key moves nothing. */
export function moved(
  at: Cell,
  key: string,
  items: readonly { kind: string }[],
  columns: number,
): Cell {
  const lastRow = items.length - 1;
  const lastColumn = columns - 1;
  const row = (next: number) => settle(at, { ...at, row: clamp(next, lastRow) });
  const column = (next: number) => settle(at, { ...at, column: clamp(next, lastColumn) });
  switch (key) {
    case "ArrowDown":
    case "j":
      return row(at.row + 1);
    case "ArrowUp":
    case "k":
      return row(at.row - 1);
    case "PageDown":
      return row(at.row + PAGE_ROWS);
    case "PageUp":
      return row(at.row - PAGE_ROWS);
    case "ArrowRight":
      return column(at.column + 1);
    case "ArrowLeft":
      return column(at.column - 1);
    case "Home":
      return column(0);
    case "End":
      return column(lastColumn);
    case "Tab":
      return at.column < lastColumn
        ? column(at.column + 1)
        : settle(at, { row: clamp(at.row + 1, lastRow), column: 0 });
    case "ShiftTab":
      return at.column > 0
        ? column(at.column - 1)
        : settle(at, { row: clamp(at.row - 1, lastRow), column: lastColumn });
    default:
      return at;
  }
}

function clamp(value: number, last: number): number {
  return Math.max(0, Math.min(value, last));
}

function settle(at: Cell, next: Cell): Cell {
  return at.row === next.row && at.column === next.column ? at : next;
}
