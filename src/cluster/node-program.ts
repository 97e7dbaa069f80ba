/**
 * Which programs may serve a deployment side by side. All work under one core revision, the finalised one, so nodes of two versions decide and fold alike as long as both carry
 * it; a stored format that a node writes must be read by every other one. Pure.
 */
import type { NodeProgram, NodeRow, ShardMap } from '../port/membership.ts';

/** Whether a program can work under the deployment's core revision; one of which nothing is known can. */
export function carriesCore(program: NodeProgram | undefined, core: number | undefined): boolean {
  return program === undefined || core === undefined || program.revisions.includes(core);
}

/** Why a program may not serve the deployment that has this map, a sentence each. */
export function refusedByMap({ revisions, formats }: NodeProgram, map: ShardMap | undefined): string[] {
  const { core } = map ?? {};
  const refused: string[] = [];
  if (core !== undefined && !revisions.includes(core)) {
    const way =
      core > Math.max(...revisions)
        ? 'use a version that carries it'
        : 'start a version that carries both first, and say attune cluster finalise when no older one is left';
    refused.push(
      `the deployment works under core revision ${core}, and this version carries ${revisions.join(', ')} only: ${way}`,
    );
  }
  for (const [name, written] of Object.entries(map?.formats ?? {})) {
    const [oldest, current] = formats[name] ?? [0, 0];
    if (written < oldest || written > current)
      refused.push(
        `the deployment has a ${name} of format ${written}, and this version ${current === 0 ? 'knows none' : `reads ${oldest} to ${current}`}: use a version that reads it`,
      );
  }
  return refused;
}

/** Why a program may not serve beside this node, a sentence each. */
export function refusedByNode({ formats }: NodeProgram, { address, program }: NodeRow): string[] {
  if (program === undefined) return [];
  return Object.entries(formats).flatMap(([name, [, written]]) => {
    const [, read] = program.formats[name] ?? [0, 0];
    if (written <= read) return [];
    const knows = read === 0 ? 'knows none' : `reads ${read} at most`;
    return [
      `this version writes a ${name} of format ${written}, and node ${address}, which lives, ${knows}: end it first`,
    ];
  });
}

/** The map with what has to be known of it by whoever comes later; the same one where that is noted. */
export function noteProgram(map: ShardMap, own: NodeProgram, living: readonly NodeRow[]): ShardMap {
  const programs = living.flatMap(({ program }) => (program === undefined ? [] : [program]));
  // The first ones: what all of them carry.
  const core = map.core ?? Math.min(...[own, ...programs].map(({ revisions }) => Math.max(...revisions)));
  const formats = { ...map.formats };
  let isNoted = map.core !== undefined;
  for (const [name, [, written]] of Object.entries(own.formats)) {
    if ((formats[name] ?? 0) >= written) continue;
    formats[name] = written;
    isNoted = false;
  }
  return isNoted ? map : { ...map, core, formats };
}
