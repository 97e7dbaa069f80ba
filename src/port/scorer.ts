/** One run of the multi-head model for all rows of a tick. */
export interface ScorerInfo {
  readonly version: string;
  /** Of the model's file; absent where there is none. */
  readonly sha256?: string;
  /** It answers in place of a model that could not be loaded; decisions say so as they do when a run fails. */
  readonly isStandIn?: boolean;
  readonly features: number;
  /** Base rates as logits, used when a run fails or is late: [p0, engage, unsubscribe] per channel index. */
  readonly fallbackLogits: Float32Array;
  /** Calibration per head: logit' = a·logit + b. */
  readonly calibration: readonly { readonly a: number; readonly b: number }[];
  /** Share of the customers who buy in a week, unprompted, where p0 was learned: between 0 and 1. */
  readonly buysPerWeek: number;
}

export interface Scorer {
  readonly info: ScorerInfo;
  /** `rows`: count × features, valid until it settles. Resolves with count × 3 logits [p0, engage, unsubscribe]. Throws PortError `unavailable`. */
  run(rows: Float32Array, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}
