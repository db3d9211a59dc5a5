// Written by `npm run api` from origin’s OpenAPI document. Change origin, not this file.

export interface paths {
    "/api/admin/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Titles in every state, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description From 1. */
                    page?: number | null;
                    /** @description 1 to 100; 50 when absent. */
                    pageSize?: number | null;
                    /** @description `processing`, `ready` or `error`. */
                    status?: string | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description One page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AdminContentPage"];
                    };
                };
                /** @description admin_required */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Makes a title, still without media. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ContentFields"];
                };
            };
            responses: {
                /** @description Made */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Content"];
                    };
                };
                /** @description invalid_request */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                /** @description episode_exists */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/content/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One title in any state: an administrator sees what viewers don't. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The title */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Content"];
                    };
                };
                /** @description title_not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes a title's description. Media is changed by a new upload. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ContentFields"];
                };
            };
            responses: {
                /** @description Changed */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Content"];
                    };
                };
                /** @description invalid_request */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                /** @description title_not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/admin/content/{id}/artwork": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The pictures that a title can show, and which it does. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The pictures */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ArtworkChoice"];
                    };
                };
                /** @description title_not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Chooses the pictures of another frame. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ArtworkDraft"];
                };
            };
            responses: {
                /** @description The pictures, and which are shown now */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ArtworkChoice"];
                    };
                };
                /** @description invalid_request */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                /** @description title_not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/admin/content/{id}/markers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The markers of a title's published version, suggestions too. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The markers */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Markers"];
                    };
                };
                /** @description title_not_found: also when nothing is published */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Replaces the markers of a title's published version. Viewers have them within moments. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MarkersDraft"];
                };
            };
            responses: {
                /** @description The markers as they are now */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Markers"];
                    };
                };
                /** @description invalid_request */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                /** @description title_not_found: also when nothing is published */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/content/{id}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Publishes a verified version of a title. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["PublishRequest"] | null;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PublishAnswer"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/content/{id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows how far a title is. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ContentStatus"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/content/{id}/subtitles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Delivers a subtitle file, or another one of the same name. */
        put: {
            parameters: {
                query: {
                    /** @description `film.en.srt`, `film.pt-BR.forced.vtt`, `film.en.sdh.srt`: says what the file is. */
                    filename: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/octet-stream": string;
                };
            };
            responses: {
                /** @description Kept for the next version */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description invalid_request */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                /** @description title_not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the newest jobs. */
        get: {
            parameters: {
                query?: {
                    /** @description 1 to 200; 50 when absent. */
                    limit?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["JobList"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a job with its tasks. */
        get: {
            parameters: {
                query?: {
                    /** @description Log lines of each task, 0 to 200; 10 when absent. */
                    log?: number | null;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["JobDetail"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancels a job; its workers hear so with their next heartbeat. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["JobView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/jobs/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tries a failed or cancelled job again: what was done stays done. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["JobView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Creates an upload; the request may carry its first bytes. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        /** Says what this tus server can do. */
        options: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/uploads/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** For clients whose environment knows neither `PATCH` nor `DELETE`: `POST` with `X-HTTP-Method-Override`. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        /** Ends an upload and forgets its bytes. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                423: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        /** Tells how far an upload is. */
        head: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        /** Appends bytes. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                423: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                460: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in with user name and password. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LoginRequest"];
                };
            };
            responses: {
                /** @description Signed in; cookies are set unless tokens were asked for in the body */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LoginResponse"];
                    };
                };
                /** @description invalid_credentials */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                /** @description rate_limited, with Retry-After */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends the session everywhere. Works with an expired session token, as long as the refresh cookie is there, and takes
         *     the cookies away in any case.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Signed out */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account, the selected profile, and how long the session token lasts. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Signed in */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                /** @description token_missing, token_expired, session_revoked … */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchanges a refresh token, from the body or from its cookie, for a new session token and the next refresh token. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["RefreshRequest"] | null;
                };
            };
            responses: {
                /** @description New tokens, delivered the way the old one came */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RefreshResponse"];
                    };
                };
                /** @description refresh_invalid; refresh_reused: the whole family is revoked */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Published titles, newest first or by name. */
        get: {
            parameters: {
                query?: {
                    /** @description From 1. */
                    page?: number | null;
                    /** @description 1 to 100; 24 when absent. */
                    pageSize?: number | null;
                    /** @description `movie`, `series` or `episode`; films and series when absent. */
                    type?: string | null;
                    genre?: string | null;
                    /** @description `new` (default) or `title`. */
                    sort?: string | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description One page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ContentPage"];
                    };
                };
                /** @description invalid_request */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/content/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One title. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The title */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ContentDetails"];
                    };
                };
                /** @description title_not_found: there is none, or not for this profile */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Streams the profile's new positions and changes of the catalogue. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description `progress`, `catalogue` and `resync` events */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": unknown;
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/profiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account's profiles, oldest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description At most six */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Profile"][];
                    };
                };
                /** @description Not signed in */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Makes a profile. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateProfile"];
                };
            };
            responses: {
                /** @description Made */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Profile"];
                    };
                };
                /** @description invalid_request */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                /** @description profile_limit: there are six already */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/profiles/{id}/recommendations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What to offer a profile: new titles, and what most profiles watched this week. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Rows, without empty ones */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Recommendations"];
                    };
                };
                /** @description profile_not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/profiles/{id}/select": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Selects a profile for this session, which gets a new token. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["SelectProfile"] | null;
                };
            };
            responses: {
                /** @description Selected */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Selected"];
                    };
                };
                /** @description pin_required, pin_invalid */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                /** @description profile_not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                /** @description rate_limited: too many wrong PINs */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Type-ahead search over names and descriptions, forgiving misspellings. */
        get: {
            parameters: {
                query: {
                    /** @description 1 to 100 characters. */
                    q: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description At most 30 */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SearchResults"];
                    };
                };
                /** @description invalid_request */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Titles in every state, newest first. */
        AdminContentPage: {
            items: components["schemas"]["Content"][];
            /** Format: int32 */
            page: number;
            /** Format: int32 */
            pageSize: number;
            /** Format: int64 */
            total: number;
        };
        /** @description A frame that pictures were cut from. */
        ArtworkCandidate: {
            /** Format: int64 */
            atMs: number;
            /**
             * Format: int32
             * @description Its rank by looks; 0 is the best.
             */
            candidate: number;
            heroImageUrl: string;
            posterUrl: string;
            /**
             * Format: double
             * @description Higher looks better.
             */
            score: number;
            thumbnailUrl: string;
        };
        /** @description The pictures that a title can show. */
        ArtworkChoice: {
            /** @description Best first; empty when the version has no pictures of its own. */
            candidates: components["schemas"]["ArtworkCandidate"][];
            /**
             * Format: int32
             * @description The candidate that it shows.
             */
            chosen: number;
        };
        /** @description The candidate that the title shall show. */
        ArtworkDraft: {
            /** Format: int32 */
            chosen: number;
        };
        /** @description A film, series or episode. */
        Content: {
            /** Format: int32 */
            assetVersion?: number | null;
            /** @description `movie`, `series` or `episode`. */
            contentType: string;
            /** Format: date-time */
            createdAt: string;
            description: string;
            /**
             * Format: double
             * @description Seconds; 0 before the first version is published.
             */
            duration: number;
            /** Format: int32 */
            episodeNumber?: number | null;
            genres: string[];
            hasAtmos: boolean;
            /** @description `dolby_vision`, `hdr10`, `hdr10plus`, `hlg`; absent for SDR. */
            hdrFormat?: string | null;
            heroImageUrl?: string | null;
            /** Format: uuid */
            id: string;
            logoUrl?: string | null;
            /** @description As `3840x2160`. */
            masterResolution: string;
            /**
             * Format: int32
             * @description The youngest age it is meant for, 0 to 18.
             */
            maturity: number;
            posterUrl?: string | null;
            /** Format: date-time */
            publishedAt?: string | null;
            rating: string;
            /** Format: int32 */
            releaseYear: number;
            /** Format: int32 */
            seasonNumber?: number | null;
            /** Format: uuid */
            seriesId?: string | null;
            /** @description `processing`, `ready` or `error`. */
            status: string;
            thumbnailUrl?: string | null;
            title: string;
        };
        /** @description A title with what only its own page shows. */
        ContentDetails: components["schemas"]["Content"] & {
            audioLanguages: string[];
            cast: components["schemas"]["Credit"][];
            /** @description Of a series, in order. */
            episodes: components["schemas"]["Content"][];
            /** @description BCP 47. */
            subtitleLanguages: string[];
        };
        /** @description The fields that an administrator sets. In a PATCH, what is absent stays as it is. */
        ContentFields: {
            /** @description `movie` (default), `series` or `episode`. Can't be changed later. */
            contentType?: string | null;
            description?: string | null;
            /** Format: int32 */
            episodeNumber?: number | null;
            genres?: string[] | null;
            /**
             * Format: int32
             * @description The youngest age it is meant for, 0 to 18.
             */
            maturity?: number | null;
            rating?: string | null;
            /**
             * Format: int32
             * @description This year when absent.
             */
            releaseYear?: number | null;
            /** Format: int32 */
            seasonNumber?: number | null;
            /** Format: uuid */
            seriesId?: string | null;
            /** @description 1 to 300 characters. */
            title?: string | null;
        };
        /** @description A page of titles. */
        ContentPage: {
            items: components["schemas"]["Content"][];
            /** Format: int32 */
            page: number;
            /** Format: int32 */
            pageSize: number;
            /** Format: int64 */
            total: number;
        };
        /** @description Where a title stands on its way to viewers. */
        ContentStatus: {
            /** Format: uuid */
            contentId: string;
            job?: components["schemas"]["JobView"] | null;
            /**
             * Format: int32
             * @description The published version.
             */
            publishedVersion?: number | null;
            /** @description `processing`, `ready` or `error`. */
            status: string;
            title: string;
            /** @description Newest first. */
            versions: components["schemas"]["Version"][];
        };
        /** @description An estimate of what a job costs. */
        Cost: {
            currency: string;
            /**
             * Format: double
             * @description For the whole job as it looks now; absent until there is a plan.
             */
            expected?: number | null;
            /**
             * Format: double
             * @description Gigabyte seconds so far.
             */
            gbS: number;
            /**
             * Format: double
             * @description For what was done so far, lost attempts included.
             */
            spent: number;
            /**
             * Format: double
             * @description Processor seconds so far: task time × processors that a task occupies.
             */
            vcpuS: number;
        };
        CreateProfile: {
            /** @description One of the pictures of the web app, `/avatars/1.svg` to `/avatars/8.svg`. */
            avatarUrl?: string | null;
            isKids?: boolean;
            /**
             * Format: int32
             * @description 0 to 18; 7 for kids, who never get past 12, and 18 for everybody else when absent.
             */
            maturityLimit?: number | null;
            /** @description 1 to 50 characters. */
            name: string;
            /**
             * Format: password
             * @description 4 to 8 digits.
             */
            pin?: string | null;
        };
        Credit: {
            name: string;
            role: string;
        };
        /**
         * @description How the client wants its tokens.
         * @enum {string}
         */
        Delivery: "cookie" | "bearer";
        /** @description A job in full. */
        JobDetail: {
            job: components["schemas"]["JobView"];
            /** @description In the order of the stages, then of the film. */
            tasks: components["schemas"]["TaskView"][];
        };
        /** @description Jobs, newest first. */
        JobList: {
            items: components["schemas"]["JobView"][];
        };
        /**
         * @description Where a job stands. `Ready`, `Failed` and `Cancelled` are final, until someone retries.
         * @enum {string}
         */
        JobState: "queued" | "probing" | "encoding" | "packaging" | "verifying" | "ready" | "failed" | "cancelled";
        /** @description A job and how far it is. */
        JobView: {
            /**
             * Format: int32
             * @description The most attempts that one of its tasks took.
             */
            attempts: number;
            autoPublish: boolean;
            /** Format: uuid */
            contentId: string;
            /** @description An estimate, from the tasks' time. */
            cost: components["schemas"]["Cost"];
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: int64
             * @description Seconds until it is ready, when that can be told.
             */
            etaS?: number | null;
            filename: string;
            /** Format: date-time */
            finishedAt?: string | null;
            /**
             * Format: double
             * @description Frames that all its workers encode per second.
             */
            fps?: number | null;
            /** Format: uuid */
            id: string;
            /** @description The last 200 lines of what its workers said; only where one title is asked for. */
            log?: string[] | null;
            /**
             * Format: double
             * @description Of the whole job, 0 to 100.
             */
            percent: number;
            /** @description Why it failed. */
            reasons: components["schemas"]["Reason"][];
            report?: components["schemas"]["Reports"] | null;
            /** @description The state that the job is in or ended in: of a failed job, where it failed. */
            stage: components["schemas"]["JobState"];
            /** Format: date-time */
            startedAt?: string | null;
            state: components["schemas"]["JobState"];
            tasks: components["schemas"]["TaskCounts"];
            title: string;
            /** Format: int32 */
            version: number;
        };
        /** @description A line, when it came, and which task it is about. */
        LogLine: {
            /** Format: date-time */
            at: string;
            line: string;
        };
        LoginRequest: {
            delivery?: components["schemas"]["Delivery"];
            /** Format: password */
            password: string;
            username: string;
        };
        LoginResponse: {
            /** @description Only with `delivery: "bearer"`. */
            accessToken?: string | null;
            /**
             * Format: int64
             * @description Seconds.
             */
            expiresIn: number;
            profiles: components["schemas"]["Profile"][];
            /** @description Only with `delivery: "bearer"`. */
            refreshToken?: string | null;
            user: components["schemas"]["User"];
        };
        /** @description A marker as an operator wants it. */
        MarkerDraft: {
            /**
             * Format: int64
             * @description After `startMs`, at most the duration.
             */
            endMs: number;
            /** @description `intro` or `credits`. */
            kind: string;
            /** Format: int64 */
            startMs: number;
        };
        /** @description A marker. */
        MarkerView: {
            /**
             * Format: double
             * @description How sure the source is, 0 to 1.
             */
            confidence: number;
            /** Format: int64 */
            endMs: number;
            /** @description `intro` or `credits`. */
            kind: string;
            /** @description `chapters`, `detected` (a suggestion that viewers don't see) or `operator`. */
            source: string;
            /** Format: int64 */
            startMs: number;
        };
        /** @description The markers of the published version. */
        Markers: {
            /** Format: int64 */
            durationMs: number;
            markers: components["schemas"]["MarkerView"][];
            /** Format: int32 */
            version: number;
        };
        /** @description All markers that the version shall have. What is left out is removed. */
        MarkersDraft: {
            markers: components["schemas"]["MarkerDraft"][];
        };
        Me: {
            /**
             * Format: date-time
             * @description When the session token does.
             */
            expiresAt: string;
            profile?: components["schemas"]["Profile"] | null;
            user: components["schemas"]["User"];
        };
        /** @description The body of every error response: `shared::problem::Problem`. */
        Problem: {
            /** @description What a program switches on. */
            code: string;
            details?: components["schemas"]["ProblemDetail"][] | null;
            /** @description One sentence a person can act on. */
            error: string;
            /** @description To be quoted to support. */
            requestId: string;
        };
        /** @description One thing that was wrong, and what to do about it. */
        ProblemDetail: {
            field: string;
            problem: string;
            remedy: string;
        };
        /** @description One person within an account. */
        Profile: {
            avatarUrl: string;
            /** Format: date-time */
            createdAt: string;
            /** @description Selecting it takes a PIN. */
            hasPin: boolean;
            /** Format: uuid */
            id: string;
            isKids: boolean;
            /**
             * Format: int32
             * @description 0 to 18: titles for an older audience aren't there for this profile.
             */
            maturityLimit: number;
            name: string;
        };
        /** @description What is published now. */
        PublishAnswer: {
            /** Format: uuid */
            contentId: string;
            /** Format: int32 */
            version: number;
        };
        /** @description Which version to publish. */
        PublishRequest: {
            /**
             * Format: int32
             * @description The newest verified one when absent.
             */
            version?: number | null;
        };
        /** @description Why a task or a job failed: a code for programs, two sentences for people. */
        Reason: {
            code: string;
            problem: string;
            remedy: string;
        };
        /** @description The rows of a home page. */
        Recommendations: {
            sections: components["schemas"]["Section"][];
        };
        RefreshRequest: {
            refreshToken: string;
        };
        RefreshResponse: {
            /** @description Only when the refresh token came in the body. */
            accessToken?: string | null;
            /**
             * Format: int64
             * @description Seconds.
             */
            expiresIn: number;
            /** @description Only when the refresh token came in the body. */
            refreshToken?: string | null;
        };
        /** @description What was found, by the transcode crate: opaque here. */
        Reports: {
            probe: Record<string, never>;
            verify: Record<string, never>;
        };
        /** @description Titles that a text means, best first. */
        SearchResults: {
            items: components["schemas"]["Content"][];
        };
        Section: {
            items: components["schemas"]["Content"][];
            title: string;
            /** @description `trending` or `new`; continue watching is `GET /api/watch/continue`. */
            type: string;
        };
        SelectProfile: {
            /**
             * Format: password
             * @description For a profile that has one.
             */
            pin?: string | null;
        };
        Selected: {
            profile: components["schemas"]["Profile"];
            success: boolean;
            /** @description The new session token, for callers that sent a bearer token; the others get it as a cookie. */
            token?: string | null;
        };
        /** @description One attempt at a task. */
        TaskAttempt: {
            /** Format: int32 */
            attempt: number;
            /** Format: date-time */
            endedAt?: string | null;
            /** @description `done`, `failed`, `lost`, `released` or `cancelled`; absent while it runs. */
            outcome?: string | null;
            reasons: components["schemas"]["Reason"][];
            /** Format: date-time */
            startedAt: string;
            worker: string;
        };
        /** @description How many tasks are where. */
        TaskCounts: {
            /** Format: int64 */
            done: number;
            /** Format: int64 */
            failed: number;
            /** Format: int64 */
            running: number;
            /** Format: int64 */
            total: number;
        };
        /**
         * @description What a task does. The order of the variants is the order of the stages.
         * @enum {string}
         */
        TaskKind: "copy" | "probe" | "encode" | "audio" | "images" | "subtitles" | "package" | "verify";
        /**
         * @description Where a task stands. `Failed` is the dead letter: its reasons say why, and a retry of the job opens it again.
         * @enum {string}
         */
        TaskState: "waiting" | "leased" | "done" | "failed" | "cancelled";
        /** @description A task as administrators see it, with its recorded times. */
        TaskView: {
            /**
             * Format: int32
             * @description How often it was given to a worker.
             */
            attempt: number;
            attempts: components["schemas"]["TaskAttempt"][];
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: date-time
             * @description Decides its turn: the earliest goes first.
             */
            dueAt: string;
            /**
             * Format: int64
             * @description How long the attempt took that succeeded.
             */
            durationMs?: number | null;
            /**
             * Format: double
             * @description Seconds of one processor that the plan expects; 0 when it says nothing.
             */
            expectedS: number;
            /**
             * Format: int32
             * @description How many of these attempts failed since the job was last retried.
             */
            failures: number;
            /**
             * Format: date-time
             * @description When the last attempt ended.
             */
            finishedAt?: string | null;
            /** Format: float */
            fps?: number | null;
            /**
             * Format: int64
             * @description Frames of the film that it is about, where the plan says so.
             */
            frames?: number | null;
            /** Format: uuid */
            id: string;
            kind: components["schemas"]["TaskKind"];
            /** @description `chunk 3`, `a-en-aac2`; absent for tasks about the whole film. */
            label?: string | null;
            /** @description The end of what its workers said. */
            log: components["schemas"]["LogLine"][];
            /**
             * Format: int32
             * @description How many ended without a word from the worker.
             */
            losses: number;
            /**
             * Format: date-time
             * @description A task that waits is not given to anybody before.
             */
            notBefore: string;
            /** Format: int32 */
            ordinal: number;
            /** Format: float */
            percent: number;
            /** @description Why its last attempt failed. */
            reasons: components["schemas"]["Reason"][];
            /** @description What the worker is doing, in a word or two. */
            stage?: string | null;
            /**
             * Format: date-time
             * @description When the newest attempt began.
             */
            startedAt?: string | null;
            state: components["schemas"]["TaskState"];
            /** @description Who has it, or had it last. */
            worker?: string | null;
        };
        /** @description The account as its owner sees it. */
        User: {
            displayName: string;
            /** Format: uuid */
            id: string;
            /** @description `viewer` or `admin`. */
            role: string;
            username: string;
        };
        /** @description A version that was made, or is being made. */
        Version: {
            /** Format: date-time */
            createdAt: string;
            /** @description The one that viewers get. */
            current: boolean;
            /** Format: int64 */
            durationMs?: number | null;
            /** Format: uuid */
            jobId: string;
            /** Format: date-time */
            publishedAt?: string | null;
            /** @description Its job's state: `ready` means that it passed verification and can be published. */
            state: components["schemas"]["JobState"];
            /** Format: int32 */
            version: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
