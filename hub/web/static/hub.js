// Tells the server the browser's time zone, so that times are shown in it.
"use strict";
{
  const zone = encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone);
  if (!document.cookie.includes(`hub_zone=${zone}`)) {
    document.cookie = `hub_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
  }
}
