import type { WireWriter } from './wire-writer.ts';

/** A google.rpc.Status: what a unary call would have failed with. */
export interface StatusOutput {
  /** Number of a gRPC code, 1 to 16. */
  readonly code: number;
  readonly message: string;
  /** Serialised google.rpc details. */
  readonly details: readonly { readonly typeUrl: string; readonly value: Uint8Array }[];
}

/** Writes the fields of a google.rpc.Status. */
export function writeStatus(writer: WireWriter, status: StatusOutput): void {
  writer.whole(8, status.code);
  writer.text(18, status.message);
  for (const detail of status.details) {
    const body = writer.nest(26, 1);
    writer.text(10, detail.typeUrl);
    writer.blob(18, detail.value);
    writer.close(body, 1);
  }
}
