/** Pictures of labels as Rust would draw them; these are drawn once and for all, and nobody can scan them. */

const LABEL =
  "iVBORw0KGgoAAAANSUhEUgAAAZYAAADLAQAAAABl5IimAAABG0lEQVR42u3Yv2rCUBgF8AsZOuYBHBw6dL3QwaVwR8c+RB8k+ACS" +
  "R/AZfAIDBXUQsnZTmo6CiS4pXHP8aP0Likhx+NKT+fwCgZzD5Rrc/HhDQ6PAeONsmMMFK1g7sTYNktC/eJNYG5jUmty8r3yYInXP" +
  "NDQ0NDQ0NDQ0NDQ0NDQ0/9TwDoXmx1StdYxGNUIXbxiijyz6QDGYR+X0N3YU0GAwRoGvqMTS+ei7WTkfo1m1EeNx+937gAbjQ0k8" +
  "SCLACB1kSCQxk0Qur9iiXUCDYedoaGiubfxCq7m08UrNxY1Xatg5Gpo/mAKf0rBCBqTsyYC8SgWfNJuzG6/YnN14zYado6mjOXTh" +
  "nubkjFQDc7zxtTAnV1h3NDf+oxtPyAnnqnNxYAAAAABJRU5ErkJggg==";

const SHEET =
  "iVBORw0KGgoAAAANSUhEUgAAANIAAAEpAQAAAADOwEGBAAAAh0lEQVR42u3UvQ3CMBCA0cvAFiN4q7RkjyxBBQ0n8kNcJlKQQvVc" +
  "nfTZlXUvPrtniCvaI76ne29D1DbEa7uV2e7X2t793J5j6cdyz8x+mW5zK+uk7bYr/kE73Y525d97ywIW2E0WsIAFdpMFLGCB3WQB" +
  "CzS7yQIWaCxgAQs0FrCABRoLWHDQJqzOcA3lJPX1AAAAAElFTkSuQmCC";

export const labelPicture = (): string => `data:image/png;base64,${LABEL}`;
export const sheetPicture = (): string => `data:image/png;base64,${SHEET}`;
