/** What a command and the process of its turned service say to each other, over Node's own channel. */
import type { VirtualNodeOrder, VirtualNodeState } from './turned-service.ts';

export type Asked =
  /** `temporary`: the directory goes when the command goes without a word. */
  | { readonly do: 'open'; readonly order: VirtualNodeOrder; readonly temporary: boolean }
  | { readonly do: 'turn'; readonly to: number }
  | { readonly do: 'close' };

/** `fault`s come unasked; an answer comes to every question, in order. */
export type Told =
  | { readonly kind: 'answer'; readonly state: VirtualNodeState }
  | { readonly kind: 'failed'; readonly message: string; readonly expected: boolean }
  | { readonly kind: 'fault'; readonly sentence: string };
