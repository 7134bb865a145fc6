/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/headers.h"

struct fs_packet_options fs_packet_options_of(const struct flowscope_config *config)
{
    return (struct fs_packet_options){
        .tunnel_depth = (unsigned)config->tunnel_depth,
        .identity = (enum flowscope_identity)config->identity,
        .vxlan_port = (uint16_t)config->vxlan_port,
        .vxlan_gpe_port = (uint16_t)config->vxlan_gpe_port,
        .geneve_port = (uint16_t)config->geneve_port,
        .gtpu_port = (uint16_t)config->gtpu_port,
        .l2tp_port = (uint16_t)config->l2tp_port,
        .teredo_port = (uint16_t)config->teredo_port,
        .closed_tunnels = (uint32_t)(~config->decapsulate & FLOWSCOPE_LAYERS_ALL),
        .checksum = config->checksum != 0,
        .long_way_alone = config->checksum != 0 || config->key_function ||
                          config->key != FLOWSCOPE_KEY_FIVE_TUPLE ||
                          config->direction != FLOWSCOPE_DIRECTIONS_ONE_FLOW,
        .has_own_way = config->key_function || config->key != FLOWSCOPE_KEY_FIVE_TUPLE,
        .one_way = config->direction == FLOWSCOPE_DIRECTIONS_APART,
        .key = config->key_function ? FLOWSCOPE_KEY_OWN : (enum flowscope_key_kind)config->key,
        .key_function = config->key_function,
        .key_user = config->key_user,
    };
}
