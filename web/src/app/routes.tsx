import { createBrowserRouter } from "react-router";

import { BrowsePage } from "@/features/browse/BrowsePage";

import { CrashPage } from "./CrashPage";
import { NotFoundPage } from "./NotFoundPage";
import { Shell } from "./Shell";

/** Browse comes with the first load; everything else is fetched when somebody goes there. */
export const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <CrashPage />,
    hydrateFallbackElement: <div className="page" />,
    children: [
      { index: true, element: <BrowsePage /> },
      { path: "title/:id", lazy: async () => ({ Component: (await import("@/features/title/TitlePage")).TitlePage }) },
      { path: "watch/:id", lazy: async () => ({ Component: (await import("@/features/watch/WatchPage")).WatchPage }) },
      {
        path: "studio",
        lazy: async () => ({ Component: (await import("@/features/studio/StudioLayout")).StudioLayout }),
        children: [
          { index: true, lazy: async () => ({ Component: (await import("@/features/studio/WorkPage")).WorkPage }) },
          { path: "jobs/:id", lazy: async () => ({ Component: (await import("@/features/studio/JobPage")).JobPage }) },
          { path: "titles", lazy: async () => ({ Component: (await import("@/features/studio/TitlesPage")).TitlesPage }) },
          { path: "titles/:id", lazy: async () => ({ Component: (await import("@/features/studio/EditTitlePage")).EditTitlePage }) },
        ],
      },
      { path: "*", element: <NotFoundPage /> },
    ],
  },
]);
