/** Deliveries before they have a record of their own: named by the hand-overs by which the driver has them. */
import type { Announcement, Delivery } from "@/generated/rpc";

export const idOf = ({ driver, transfers }: Pick<Delivery, "driver" | "transfers">): string =>
  transfers[0]?.id ?? `driver ${driver}`;

/** An announcement has no record at all. */
export const announcementId = ({ device, at }: Pick<Announcement, "device" | "at">): string =>
  `list ${device} ${at}`;
