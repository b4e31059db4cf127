/** Whether the label on a tube was checked: until then the tube is only planned. */
import type { TubeRow } from "@/generated/rpc";

export const isChecked = (tube: Pick<TubeRow, "custody">): boolean => tube.custody !== "planned";
