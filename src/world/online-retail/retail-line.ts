import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { splitCsvLine } from './csv-line.ts';

/** One line of an invoice, as it stands in the file. */
export interface RetailLine {
  readonly invoice: string;
  readonly stockCode: string;
  readonly description: string;
  /** Negative in cancellations and stock adjustments. */
  readonly quantity: number;
  /** `YYYY-MM-DD HH:MM:SS` by the shop's own clock. */
  readonly wallTime: string;
  /** Thousandths of a pound: two lines of the set cost a tenth of a penny, so pennies would not be exact. */
  readonly priceMills: number;
  /** '' when the invoice names no customer. */
  readonly customer: string;
  readonly country: string;
}

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const PRICE = /^(-?)(\d+)(?:\.(\d{1,3}))?$/;
const WALL_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

/** The lines of a gzipped Online Retail file in the file's order, read as a stream. A line that does not fit throws with its number. */
export async function* readRetailLines(path: string): AsyncGenerator<RetailLine> {
  const source = createReadStream(path);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  let number = 0;
  for await (const text of createInterface({
    input: source.pipe(gunzip),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number++;
    if (number > 1) {
      if (text !== '') yield parseRetailLine(text, path, number);
    } else if (text.replace(/^\uFEFF/, '') !== HEADER) {
      throw new Error(`${path} line 1: the header should be ${HEADER}, not ${text.slice(0, 120)}`);
    }
  }
  if (number === 0) throw new Error(`${path} is empty: the header line is missing`);
}

function parseRetailLine(text: string, path: string, number: number): RetailLine {
  const fields = splitCsvLine(text);
  const fault = (what: string): Error => new Error(`${path} line ${number}: ${what}`);
  if (fields?.length !== 8) throw fault(`8 fields wanted, found ${fields?.length ?? 'an open quote'}`);
  const [invoice, stockCode, description, quantityText, wallTime, priceText, customerText, country] =
    fields as [string, string, string, string, string, string, string, string];
  if (invoice === '' || stockCode === '') throw fault('InvoiceNo and StockCode must not be empty');
  const quantity = Number(quantityText);
  if (quantityText === '' || !Number.isInteger(quantity))
    throw fault(`Quantity is a whole number, not "${quantityText}"`);
  if (!WALL_TIME.test(wallTime)) throw fault(`InvoiceDate is YYYY-MM-DD HH:MM:SS, not "${wallTime}"`);
  const priceMills = parseMills(priceText);
  if (priceMills === undefined) throw fault(`UnitPrice has at most three decimals, not "${priceText}"`);
  // The set was saved by a tool that turned the number column into floats: 17850.0 is customer 17850.
  const customer = customerText.replace(/\.0$/, '');
  return {
    invoice,
    stockCode,
    description: description.trim(),
    quantity,
    wallTime,
    priceMills,
    customer,
    country,
  };
}

/** A decimal of at most three places in thousandths, exactly; undefined when the text is none. */
function parseMills(text: string): number | undefined {
  const match = PRICE.exec(text);
  if (match === null) return undefined;
  const mills = Number(match[2]) * 1000 + Number((match[3] ?? '').padEnd(3, '0'));
  return match[1] === '-' && mills !== 0 ? -mills : mills;
}
