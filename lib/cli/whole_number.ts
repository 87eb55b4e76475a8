import { InvalidArgumentError } from "commander";

/**
 * Returns the value of an option that is a positive number.
 *
 * @throws {InvalidArgumentError} if it is not a whole number from 1 to 999,999.
 */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("Give a whole number from 1 to 999,999.");
  return Number(text);
}
