import type { RetailTotals } from '../../world/online-retail/retail-totals.ts';

/** What a correct reader finds in the set up to 2011-08-31, as documented with it. */
export const DOCUMENTED_TOTALS: Partial<RetailTotals> = {
  lines: 320_705,
  invoices: 16_459,
  cancelledInvoices: 2_554,
  badDebtInvoices: 3,
  customers: 3_360,
  customersWithOrder: 3_317,
  linesWithoutCustomer: 88_652,
  invoicesWithoutCustomer: 2_617,
  negativeQuantityLines: 925,
  zeroPriceLines: 1_797,
  negativePriceLines: 2,
  spreadInvoices: 38,
  stockCodes: 3_774,
  largestInvoiceLines: 705,
  netValue: 5_761_931.38,
};
