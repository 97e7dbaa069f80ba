import {
  AdminService,
  type ApplyPolicyReply,
  type CheckPolicyReply,
  type DrainNodeReply,
  type FinaliseRevisionReply,
  type GetPolicyReply,
  type ListModelsReply,
  type ListNodesReply,
  type ListPausesReply,
  type ListRefusalsReply,
  type PauseReply,
  PendingDispatches,
  type PublishModelReply,
  type ResumeReply,
  type RollbackModelReply,
  type RollbackPolicyReply,
  type ShardState,
  type WatchedDecision,
  type WriteImagesReply,
} from '../gen/attune/v1/admin_pb.ts';
import { allShards } from './all-shards.ts';
import type { Connection } from './connection.ts';
import { type PolicyFilesInit, policyBytes } from './policy-files-init.ts';
import { replyStream } from './reply-stream.ts';

/** Changes are tried once: a second try cannot tell "done already" from "somebody else was faster". */
const ONCE = { retry: false };

/** An action, a channel, or 'outbound' for everything that is pushed to customers. */
export type PauseTargetInit = { readonly action: string } | { readonly channel: string } | 'outbound';

export interface PauseInit {
  readonly by: string;
  readonly why: string;
  readonly pending?: 'wait' | 'withdraw';
}

/** For the people who write the policy and run the service. */
export class Admin {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  checkPolicy(files: PolicyFilesInit): Promise<CheckPolicyReply> {
    return this.#connection.unary(AdminService.method.checkPolicy, { files: policyBytes(files) });
  }

  /** `expectedVersion`: apply only if that one is in force, else ABORTED. A faulty policy is no error: see `faults`. */
  applyPolicy(files: PolicyFilesInit, expectedVersion = ''): Promise<ApplyPolicyReply> {
    const request = { files: policyBytes(files), expectedVersion };
    return this.#connection.unary(AdminService.method.applyPolicy, request, ONCE);
  }

  /** Without a version: the one before the present one. */
  rollbackPolicy(version = ''): Promise<RollbackPolicyReply> {
    return this.#connection.unary(AdminService.method.rollbackPolicy, { version }, ONCE);
  }

  /** Without a version: the one in force. */
  getPolicy(version = ''): Promise<GetPolicyReply> {
    return this.#connection.unary(AdminService.method.getPolicy, { version });
  }

  /**
   * Puts a model in force, of its card.json and model.onnx. `expectedVersion`: only if that one is in force, else ABORTED. A faulty model is no error: see `faults`. With several
   * nodes it takes until each has said that it can score with it, up to 4 s.
   */
  publishModel(
    files: { readonly card: Uint8Array; readonly model: Uint8Array },
    expectedVersion = '',
  ): Promise<PublishModelReply> {
    return this.#connection.unary(AdminService.method.publishModel, { ...files, expectedVersion }, ONCE);
  }

  /** Without a version: the one stored before the present one. */
  rollbackModel(version = ''): Promise<RollbackModelReply> {
    return this.#connection.unary(AdminService.method.rollbackModel, { version }, ONCE);
  }

  /** The models that are kept, the newest first. */
  listModels(): Promise<ListModelsReply> {
    return this.#connection.unary(AdminService.method.listModels, {});
  }

  /** Writes an image of every shard, or only of what the shards share, and reads it back; takes up to minutes. */
  writeImages(options: { readonly sharedOnly?: boolean } = {}): Promise<WriteImagesReply> {
    const request = { sharedOnly: options.sharedOnly ?? false };
    return this.#connection.unary(AdminService.method.writeImages, request, ONCE);
  }

  /** All shards as the node sees them now, by their number: the state of its own ones, and who owns the others. */
  shards(): Promise<ShardState[]> {
    return allShards(this.#connection);
  }

  /** The nodes that share the shards, by address, and the core revision under which they work; none and 0 where a service is alone. */
  nodes(): Promise<ListNodesReply> {
    return this.#connection.unary(AdminService.method.listNodes, {});
  }

  /** Raises the core revision of a deployment to the latest that its nodes carry. `by`: who does it. */
  finaliseRevision(by: string): Promise<FinaliseRevisionReply> {
    return this.#connection.unary(AdminService.method.finaliseRevision, { by });
  }

  /**
   * Tells a node, by its address or id, to give all its shards to others and to go on, until `undo` or until its process ends. By the same words again it changes nothing. `by` and `why`: who does
   * it, and a sentence for people.
   */
  drainNode(
    node: string,
    said: { readonly by: string; readonly why?: string; readonly undo?: boolean },
  ): Promise<DrainNodeReply> {
    return this.#connection.unary(AdminService.method.drainNode, { node, ...said });
  }

  /** The state of the shards, all of them first, then what changes. Break out of the loop to stop. */
  watchShards(shards: readonly number[] = []): AsyncGenerator<ShardState, void, undefined> {
    return replyStream(this.#connection, (address) =>
      this.#connection.stream(AdminService.method.watchShards, { shards: [...shards] }, { address }),
    );
  }

  /**
   * Pauses an action, a channel or everything outbound until `resume`. `by` and `why`: who does it, and a sentence for people. `pending`: what
   * becomes of dispatches that no channel system has accepted; 'wait' unless given. By the same words again it changes nothing.
   */
  pause(target: PauseTargetInit, said: PauseInit): Promise<PauseReply> {
    const { by, why, pending } = said;
    const fate = pending === 'withdraw' ? PendingDispatches.WITHDRAW : PendingDispatches.WAIT;
    const request = { target: pauseTarget(target), by, why, pending: fate };
    return this.#connection.unary(AdminService.method.pause, request);
  }

  /** Ends a pause; `changed` is false when there was none. */
  resume(
    target: PauseTargetInit,
    said: { readonly by: string; readonly why?: string },
  ): Promise<ResumeReply> {
    return this.#connection.unary(AdminService.method.resume, { target: pauseTarget(target), ...said });
  }

  /** What is paused, and the last calls that paused and resumed. `historyMax`: none unless given, at most 1,000. */
  listPauses(request: { readonly historyMax?: number } = {}): Promise<ListPausesReply> {
    return this.#connection.unary(AdminService.method.listPauses, request);
  }

  /** What was refused for good last, the newest first. `limit`: 100 unless given, at most 1,000. */
  listRefusals(
    request: { readonly limit?: number; readonly source?: string; readonly rule?: string } = {},
  ): Promise<ListRefusalsReply> {
    return this.#connection.unary(AdminService.method.listRefusals, request);
  }

  /** Decisions as they are made. `sample`: share to show; `perSecondMax`: 100 unless given. */
  watchDecisions(
    request: { readonly sample?: number; readonly perSecondMax?: number } = {},
  ): AsyncGenerator<WatchedDecision, void, undefined> {
    return replyStream(this.#connection, (address) =>
      this.#connection.stream(AdminService.method.watchDecisions, request, { address }),
    );
  }
}

function pauseTarget(target: PauseTargetInit) {
  if (target === 'outbound') return { target: { case: 'outbound' as const, value: true } };
  return 'action' in target
    ? { target: { case: 'action' as const, value: target.action } }
    : { target: { case: 'channel' as const, value: target.channel } };
}
