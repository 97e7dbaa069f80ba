/** The nodes of a deployment, for the people who run it. */
import type { DrainWord } from './membership.ts';

/** 'serves' takes shards; 'drained': an operator said that it is to have none; 'ends': it gives its shards away and leaves. */
export type NodeStanding = 'serves' | 'drained' | 'ends';

export interface DeploymentNode {
  /** Of this run of its process. */
  readonly id: string;
  /** Where clients and other nodes reach it, `host:port`. */
  readonly address: string;
  readonly standing: NodeStanding;
  /** Of one that is drained. */
  readonly drained: DrainWord | undefined;
  /** Core revisions that its program carries; none: it does not say. */
  readonly revisions: readonly number[];
}

export interface DeploymentView {
  /** Those that live, by address. */
  readonly nodes: readonly DeploymentNode[];
  /** The finalised core revision, under which all of them work; 0: none is noted yet. */
  readonly core: number;
}

export type FinaliseOutcome =
  | { readonly kind: 'changed' | 'unchanged'; readonly core: number; readonly previous: number }
  /** These live and do not carry `core`. */
  | { readonly kind: 'behind'; readonly core: number; readonly nodes: readonly DeploymentNode[] };

export interface NodeWords {
  /** Who says so. */
  readonly by: string;
  /** A sentence for people; may be empty. */
  readonly why: string;
}

/** `shards`: how many the node has at this moment. */
export interface DrainTold {
  readonly kind: 'changed' | 'unchanged';
  readonly address: string;
  readonly shards: number;
}

export type DrainRefused =
  /** No node of this address or id lives; `addresses` of those that do. */
  | { readonly kind: 'unknown'; readonly addresses: readonly string[] }
  /** Nobody else could have its shards. */
  | { readonly kind: 'last'; readonly address: string }
  /** It is about to end by itself. */
  | { readonly kind: 'ends'; readonly address: string };

export type DrainOutcome = DrainTold | DrainRefused;

/** All methods throw PortError when the store of members fails. */
export interface DeploymentControl {
  view(): Promise<DeploymentView>;
  /** Tells a node, by its address or id, to give all its shards away and to go on living, until it is told otherwise or its process ends. */
  drain(node: string, said: NodeWords): Promise<DrainOutcome>;
  /** Ends that: it takes its part of the shards again. */
  undrain(node: string): Promise<DrainOutcome>;
  /** Raises the core revision to the latest that a living node carries, where all of them carry it. */
  finalise(): Promise<FinaliseOutcome>;
}
