import { AdminService } from '../../gen/attune/v1/admin_pb.ts';
import { PortError } from '../../port/port-error.ts';
import { failure } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';

/** AdminService.WriteImages. */
export function writeImagesRoute(context: ServiceContext): Route {
  const { imageWriter } = context;
  return unaryMethod(context, AdminService.method.writeImages, async ({ sharedOnly }) => {
    if (imageWriter === undefined)
      return failure('precondition', 'This service has no data directory: there is nothing to copy.');
    try {
      await (sharedOnly ? imageWriter.writeShared() : imageWriter.writeAll());
    } catch (fault) {
      if (!(fault instanceof PortError)) throw fault;
      context.observer.fault('images that were asked for could not all be written', fault);
      return failure('unavailable', `Not every image could be written: ${fault.message}`);
    }
    return { directory: imageWriter.directory };
  });
}
