export { createUsers, type RunningUsers, type UsersDeps } from "./users";
