import type { DescMethod } from '@bufbuild/protobuf';
import type { CallRoute } from './call.ts';

/** A method's path and what serves it. */
export type Route = readonly [path: string, route: CallRoute];

/** `/attune.v1.Service/Method`, as it stands in a call's headers. */
export function methodPath(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** `Service/Method`, for people and metrics. */
export function methodName(method: DescMethod): string {
  return `${method.parent.name}/${method.name}`;
}
