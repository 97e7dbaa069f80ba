import type { ShopTreatment } from './treatment.ts';

export interface Message {
  readonly customer: number;
  readonly treatment: ShopTreatment;
  withdrawn: boolean;
}
