/**
 * With which probability each candidate is drawn: f_k = P(k has the highest expected value), where the values are
 * independent normals, mixed with a uniform share ε so that nothing safe is ever impossible: π = (1−ε)·f + ε/n.
 *
 * f_k = ∫ φ_k(t) Π_{j≠k} Φ_j(t) dt over one grid shared by all candidates. The maximum lies above
 * lo = max_j(μ_j − 5.2σ_j), so everything below is skipped; what can still win reaches from lo to its own μ+5.2σ, so the
 * narrow ones end early and the grid may widen as it goes: panels of 5.2 of the narrowest live σ, 12 Gauss–Legendre points
 * each; 2 to 5 panels in the usual case, where the deviations are alike. Values without a deviation ("do nothing" is worth
 * exactly 0) are point masses: the best of them cuts the integral below itself and takes Π Φ_j there.
 *
 * Error against exact integration, up to PANELS_MAX panels: below 1e-6 but for one case in a thousand, below 2e-5 in the
 * worst that climbing found (many alike candidates that a point mass cuts). π is the policy that is drawn from in any
 * case, so the logged propensity is exact by construction.
 */
import { densityNodes, distributionNodes, NORMAL_REACH, normalDistribution } from './normal-table.ts';

const REACH = 5.2;
const PANEL_SIGMAS = 5.2;
const PANELS_MAX = 24;
/** A deviation below this share of the largest magnitude at hand is a point mass: the grid could not tell. */
const POINT_MASS = 1e-7;
const NODES_PER_UNIT = 64;
const NODES_MAX = 2 * NORMAL_REACH * NODES_PER_UNIT;

// Gauss–Legendre, 12 points on [−1, 1], from Newton's iteration on P12: filled once below.
const POINTS = 12;
const abscissa = new Float64Array(POINTS);
const weight = new Float64Array(POINTS);
for (let i = 0; i < POINTS; i++) {
  let x = Math.cos((Math.PI * (i + 0.75)) / (POINTS + 0.5));
  let slope = 0;
  for (let step = 0; step < 50; step++) {
    let p0 = 1;
    let p1 = x;
    for (let k = 2; k <= POINTS; k++) {
      const p2 = ((2 * k - 1) * x * p1 - (k - 1) * p0) / k;
      p0 = p1;
      p1 = p2;
    }
    slope = (POINTS * (x * p1 - p0)) / (x * x - 1);
    x -= p1 / slope;
  }
  abscissa[i] = x;
  weight[i] = 2 / ((1 - x * x) * slope * slope);
}

/**
 * Scratch for up to `capacity` candidates at once; one per draft or thread of control. Not re-entrant.
 */
export class Propensity {
  /** π of the last call, in the order given. */
  readonly share: Float64Array;
  readonly #live: Uint16Array;
  readonly #mean: Float64Array;
  readonly #inverse: Float64Array;
  readonly #end: Float64Array;
  readonly #sum: Float64Array;
  readonly #density: Float64Array;

  constructor(capacity: number) {
    this.share = new Float64Array(capacity);
    this.#live = new Uint16Array(capacity);
    this.#mean = new Float64Array(capacity);
    this.#inverse = new Float64Array(capacity);
    this.#end = new Float64Array(capacity);
    this.#sum = new Float64Array(capacity);
    this.#density = new Float64Array(capacity);
  }

  /**
   * Fills `share[0..count)` for `count` ≥ 1 candidates with these means and deviations (≥ 0, finite); they sum to 1.
   * `explore` is ε in 0..1.
   */
  compute(means: Float64Array, deviations: Float64Array, count: number, explore: number): void {
    const share = this.share;
    if (count === 1) {
      share[0] = 1;
      return;
    }
    this.#winning(means, deviations, count);
    let total = 0;
    for (let i = 0; i < count; i++) total += share[i] as number;
    const scale = total > 0 ? (1 - explore) / total : 0;
    const floor = total > 0 ? explore / count : 1 / count;
    for (let i = 0; i < count; i++) share[i] = (share[i] as number) * scale + floor;
    this.#closeToOne(count);
  }

  /** P(highest) before normalising. */
  #winning(means: Float64Array, deviations: Float64Array, count: number): void {
    const share = this.share;
    let scale = 0;
    for (let i = 0; i < count; i++) {
      const size = Math.abs(means[i] as number) + (deviations[i] as number);
      if (size > scale) scale = size;
      share[i] = 0;
    }
    const tiny = scale * POINT_MASS;
    let lo = Number.NEGATIVE_INFINITY;
    let point = Number.NEGATIVE_INFINITY;
    let points = 0;
    for (let i = 0; i < count; i++) {
      const mean = means[i] as number;
      const deviation = deviations[i] as number;
      if (deviation <= tiny) {
        if (mean > point) {
          point = mean;
          points = 1;
        } else if (mean === point) points++;
      } else if (mean - REACH * deviation > lo) lo = mean - REACH * deviation;
    }
    // Those that can still exceed what is certain.
    const from = point > lo ? point : lo;
    let live = 0;
    let hi = from;
    for (let i = 0; i < count; i++) {
      const deviation = deviations[i] as number;
      if (deviation <= tiny) continue;
      const mean = means[i] as number;
      const end = mean + REACH * deviation;
      if (end <= from) continue;
      this.#live[live] = i;
      this.#mean[live] = mean;
      this.#inverse[live] = 1 / deviation;
      this.#end[live] = end;
      this.#sum[live] = 0;
      live++;
      if (end > hi) hi = end;
    }
    if (points > 0 && point >= lo) this.#sharePoint(means, deviations, count, tiny, point, points, live);
    let left = from;
    for (let panel = 0; left < hi && live > 0; panel++) {
      let widest = 0;
      for (let j = 0; j < live; j++) {
        if ((this.#end[j] as number) > left && (this.#inverse[j] as number) > widest)
          widest = this.#inverse[j] as number;
      }
      let right = left + PANEL_SIGMAS / widest;
      if (right > hi || panel === PANELS_MAX - 1) right = hi;
      this.#integrate(left, right, live);
      left = right;
    }
    for (let j = 0; j < live; j++) share[this.#live[j] as number] = this.#sum[j] as number;
  }

  #sharePoint(
    means: Float64Array,
    deviations: Float64Array,
    count: number,
    tiny: number,
    point: number,
    points: number,
    live: number,
  ): void {
    let probability = 1;
    for (let j = 0; j < live; j++) {
      probability *= normalDistribution((point - (this.#mean[j] as number)) * (this.#inverse[j] as number));
    }
    for (let i = 0; i < count; i++) {
      if ((deviations[i] as number) <= tiny && means[i] === point) this.share[i] = probability / points;
    }
  }

  #integrate(left: number, right: number, live: number): void {
    const mean = this.#mean;
    const inverse = this.#inverse;
    const density = this.#density;
    const sum = this.#sum;
    const half = 0.5 * (right - left);
    const middle = 0.5 * (right + left);
    for (let p = 0; p < POINTS; p++) {
      const t = middle + half * (abscissa[p] as number);
      let product = half * (weight[p] as number);
      for (let j = 0; j < live; j++) {
        const scale = inverse[j] as number;
        const z = (t - (mean[j] as number)) * scale;
        if (z >= REACH) {
          density[j] = 0;
          continue;
        }
        // The table of normal-table.ts, inlined: a call per point and candidate costs as much as the work itself.
        let node = ((z + NORMAL_REACH) * NODES_PER_UNIT + 0.5) | 0;
        if (node < 0) node = 0;
        else if (node > NODES_MAX) node = NODES_MAX;
        const at = node / NODES_PER_UNIT - NORMAL_REACH;
        const d = z - at;
        const phi = densityNodes[node] as number;
        const curve = at * at - 1;
        const distribution =
          (distributionNodes[node] as number) +
          phi * d * (1 - d * (0.5 * at - d * curve * 0.16666666666666666));
        product *= distribution;
        density[j] = (phi * (1 - d * (at - 0.5 * d * curve)) * scale) / distribution;
      }
      for (let j = 0; j < live; j++) sum[j] = (sum[j] as number) + product * (density[j] as number);
    }
  }

  /** The rounding error goes to the largest share, until the sum in this order is 1. */
  #closeToOne(count: number): void {
    const share = this.share;
    let largest = 0;
    for (let i = 1; i < count; i++) if ((share[i] as number) > (share[largest] as number)) largest = i;
    for (let round = 0; round < 4; round++) {
      let total = 0;
      for (let i = 0; i < count; i++) total += share[i] as number;
      if (total === 1) return;
      share[largest] = (share[largest] as number) + (1 - total);
    }
  }
}
