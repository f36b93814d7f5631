export { Notice, readNotice } from "./notices";
export { createNotification, type Notification, type NotificationDeps } from "./notification";
