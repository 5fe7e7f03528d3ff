/** What the build needs for React. */

import react from '@vitejs/plugin-react'

export const framework = react
