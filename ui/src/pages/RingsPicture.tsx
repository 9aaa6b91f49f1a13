import {
  Bot,
  ChartNoAxesColumn,
  FileCheck,
  FileInput,
  Globe,
  type LucideIcon,
  MessageCircle,
  Radar,
  ScanBarcode,
  ShieldCheck,
  Store,
  Target,
  TrendingUp,
  Workflow,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import styles from "./rings.module.css";

/** Where on which ring a sign sits: the angle in degrees, clockwise from the top. */
interface Seat {
  icon: LucideIcon;
  ring: "outer" | "middle" | "inner";
  angle: number;
}

const RADIUS = { outer: 250, middle: 172, inner: 94 } as const;

const SEATS: Seat[] = [
  { icon: Store, ring: "outer", angle: 0 },
  { icon: ScanBarcode, ring: "outer", angle: 70 },
  { icon: MessageCircle, ring: "outer", angle: 138 },
  { icon: Globe, ring: "outer", angle: 240 },
  { icon: FileInput, ring: "outer", angle: 295 },
  { icon: ShieldCheck, ring: "middle", angle: 30 },
  { icon: FileCheck, ring: "middle", angle: 120 },
  { icon: Bot, ring: "middle", angle: 210 },
  { icon: Workflow, ring: "middle", angle: 305 },
  { icon: Radar, ring: "inner", angle: 10 },
  { icon: TrendingUp, ring: "inner", angle: 150 },
  { icon: Target, ring: "inner", angle: 270 },
];

/** The three rings, for the wide half of the entrance. Decoration, with its legend in words. */
export function RingsPicture() {
  const { t } = useTranslation();
  return (
    <aside className={styles.picture}>
      <div className={styles.rings} aria-hidden="true">
        <svg viewBox="-270 -270 540 540" className={styles.circles}>
          <circle r={RADIUS.outer} className={styles.outer} />
          <path d={arc(RADIUS.outer, 295, 360)} className={styles.outerArc} />
          <circle r={RADIUS.middle} className={styles.middle} />
          <path d={arc(RADIUS.middle, 218, 300)} className={styles.middleArc} />
          <circle r={RADIUS.inner} className={styles.inner} />
          <path d={arc(RADIUS.inner, 15, 135)} className={styles.innerArc} />
          <circle r={60} className={styles.core} />
        </svg>
        <ChartNoAxesColumn className={styles.coreSign} size={30} strokeWidth={1.75} />
        {SEATS.map(({ icon: Icon, ring, angle }) => (
          <span
            key={`${ring}${angle}`}
            className={`${styles.seat} ${styles[`${ring}Seat`]}`}
            style={place(ring, angle)}
          >
            <Icon size={18} strokeWidth={1.75} />
          </span>
        ))}
      </div>
      <dl className={styles.legend}>
        {(["outer", "middle", "inner"] as const).map((ring) => (
          <div key={ring}>
            <dt>
              <i className={styles[`${ring}Dot`]} />
              {t(`rings.${ring}.name`)}
            </dt>
            <dd>{t(`rings.${ring}.text`)}</dd>
          </div>
        ))}
      </dl>
    </aside>
  );
}

function place(ring: Seat["ring"], angle: number) {
  const { x, y } = point(RADIUS[ring], angle);
  return { left: `${50 + (x / 540) * 100}%`, top: `${50 + (y / 540) * 100}%` };
}

function point(radius: number, angle: number): { x: number; y: number } {
  const turn = (angle * Math.PI) / 180;
  return { x: radius * Math.sin(turn), y: -radius * Math.cos(turn) };
}

function arc(radius: number, from: number, to: number): string {
  const start = point(radius, from);
  const end = point(radius, to);
  return `M${start.x} ${start.y}A${radius} ${radius} 0 0 1 ${end.x} ${end.y}`;
}
