/* Holds the focus ring: GTK takes it away 3 s after the last key, so that a picture would depend on when it is taken.
   Loaded before GTK, whose windows are what asks for these 3 s in this way. */
#include <glib.h>

#undef g_timeout_add_seconds

guint g_timeout_add_seconds(guint seconds, GSourceFunc called, gpointer data)
{
    return g_timeout_add_seconds_full(G_PRIORITY_DEFAULT, seconds == 3 ? 24 * 3600 : seconds, called, data, NULL);
}
